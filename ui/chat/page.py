"""The web chat as a part of the web application: the page, what it loads, and its exports."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import gradio as gr
from fastapi import APIRouter, FastAPI, HTTPException, Response

from rag.sessions import ConversationError
from ui.chat.events import Events
from ui.chat.headers import with_headers
from ui.chat.layout import Parts, lay_out
from ui.chat.transcript import EXPORTS
from ui.web.desk import Desk

_ASSETS = {"chat.js": "text/javascript", "style.css": "text/css"}
_HEAD = '<link rel="stylesheet" href="/chat/style.css">'
_UNUSED_S = 3600
_SHORT_EVENTS = 8
_READING_EVENTS = 4


def mount(app: FastAPI, desk: Desk) -> FastAPI:
    """The application with the chat at `/`; routes that are added to it later are not reached."""
    app.include_router(_routes(desk))
    gr.mount_gradio_app(
        app,
        build(desk),
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=desk.most_bytes,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace"]),
        head=_HEAD,
    )
    mounted: Any = app.routes[-1]
    mounted.app = with_headers(mounted.app)
    return app


def build(desk: Desk) -> gr.Blocks:
    """The page. Its events are private: no client may call them by name."""
    with gr.Blocks(
        title="Groundwire",
        analytics_enabled=False,
        fill_height=True,
        fill_width=True,
        delete_cache=(_UNUSED_S, _UNUSED_S),
    ) as page:
        parts = lay_out()
        events = Events(desk, parts)
        _wire_asking(page, parts, events, desk.settings.concurrent_asks)
        _wire_reading(parts, events)
        _wire_library(parts, events)
    page.queue(
        api_open=False,
        max_size=desk.settings.concurrent_asks + desk.settings.waiting_asks + _SHORT_EVENTS,
        default_concurrency_limit=_SHORT_EVENTS,
    )
    return page
