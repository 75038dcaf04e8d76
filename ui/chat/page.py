"""The web chat as a part of the web application: the page, what it loads, and its exports."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import gradio as gr
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response

from rag.export import ExportFormat
from rag.sessions import ConversationError
from ui.chat.events import Events
from ui.chat.headers import with_headers
from ui.chat.layout import Parts, lay_out
from ui.chat.transcript import EXPORTS
from ui.web.desk import Desk
from ui.web.errors import Problem

_ASSETS = {
    "chat.js": "text/javascript",
    "morph.js": "text/javascript",
    "style.css": "text/css",
}
_HEAD = '<link rel="stylesheet" href="/chat/style.css">'
_UNUSED_S = 3600
_SHORT_EVENTS = 8
_ADDING_EVENTS = 4


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
    mounted.app.add_exception_handler(404, _nothing_there)
    mounted.app = with_headers(mounted.app)
    return app


async def _nothing_there(_: Request, error: Exception) -> Response:
    """What no route of the whole server knows ends here, as the page is at `/`."""
    return Problem.of(error).response()


def build(desk: Desk) -> gr.Blocks:
    """The page. Its events are private: no client may call them by name."""
    page = gr.Blocks(
        title="Groundwire",
        analytics_enabled=False,
        fill_height=True,
        fill_width=True,
        delete_cache=(_UNUSED_S, _UNUSED_S),
    )
    with page:
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


def _wire_asking(page: gr.Blocks, parts: Parts, events: Events, concurrent: int) -> None:
    around = [parts.conversation, parts.source, parts.since, parts.until]
    outputs = [
        parts.conversation,
        parts.asked,
        parts.side,
        parts.transcript,
        parts.question,
        parts.send,
        parts.stop,
    ]
    how = _private(concurrent, show_progress="hidden", trigger_mode="once")
    asking = [
        parts.question.submit(events.ask, [parts.question, *around], outputs, **how),
        parts.send.click(events.ask, [parts.question, *around], outputs, **how),
        parts.suggested.suggest(events.ask_suggested, around, outputs, **how),
        parts.transcript.again(events.again, around, outputs, **how),
    ]
    parts.stop.click(
        events.stop,
        [parts.asked],
        outputs,
        cancels=asking,
        js="asked => { window.groundwire.stopped(); return [asked]; }",
        **_QUIET,
    )
    chosen = [parts.source, parts.since, parts.until]
    for changed in (parts.source.change, parts.since.change, parts.until.change):
        changed(events.filters, chosen, [parts.chosen], **_LATEST)
    parts.chosen.clear(events.clear, None, chosen, **_QUIET)
    opened = [parts.conversation, parts.side, parts.transcript]
    started = page.load(
        events.start,
        [parts.conversation],
        [*opened, parts.source, parts.articles],
        js="() => [location.hash.slice(1)]",
        **_QUIET,
    )
    started.then(events.suggest, None, [parts.suggested], **_QUIET)
    parts.side.open(events.open, None, opened, **_QUIET)
    parts.side.new(events.new, None, opened, **_QUIET)
    parts.side.rename(events.rename, [parts.conversation], [parts.side, parts.transcript], **_QUIET)
    parts.side.delete(events.delete, [parts.conversation], opened, **_QUIET)
    parts.transcript.rate(events.rate, [parts.conversation], [parts.transcript], **_QUIET)


def _wire_reading(parts: Parts, events: Events) -> None:
    around = [parts.conversation, parts.source, parts.since, parts.until]
    parts.transcript.cite(events.cite, [parts.conversation], [parts.reader], **_QUIET)
    parts.transcript.explain(events.explain, around, [parts.reader], **_QUIET)
    parts.articles.article(events.article, None, [parts.reader], **_QUIET)


def _wire_library(parts: Parts, events: Events) -> None:
    added = [parts.progress, parts.articles, parts.source]
    how = _private(_ADDING_EVENTS, show_progress="hidden", trigger_mode="multiple")
    parts.files.upload(events.add_files, [parts.files, parts.search], [*added, parts.files], **how)
    for adding in (parts.add.click, parts.url.submit):
        adding(events.add_url, [parts.url, parts.search], [*added, parts.url], **how)
    parts.articles.remove(
        events.remove,
        [parts.search, parts.conversation],
        [*added, parts.transcript],
        **_QUIET,
    )
    parts.search.change(events.articles, [parts.search], [parts.articles], **_LATEST)


def _private(concurrency: int, **options: Any) -> dict[str, Any]:
    """How an event runs: of no use to clients, and so many at a time."""
    return {"api_visibility": "private", "concurrency_limit": concurrency, **options}


_QUIET = _private(_SHORT_EVENTS, show_progress="hidden", trigger_mode="multiple")
_LATEST = _private(_SHORT_EVENTS, show_progress="hidden", trigger_mode="always_last")


def _routes(desk: Desk) -> APIRouter:
    """The page's style and script, and conversations as files."""
    router = APIRouter(prefix="/chat", include_in_schema=False)

    @router.get("/export/{name}")
    def export(name: str) -> Response:
        conversation, _, ending = name.rpartition(".")
        return exported(desk, conversation, ending)

    @router.get("/{asset}")
    def asset(asset: str) -> Response:
        if asset not in _ASSETS:
            raise HTTPException(404)
        data = files("ui.chat").joinpath(asset).read_bytes()
        return Response(data, media_type=_ASSETS[asset], headers={"Cache-Control": "no-cache"})

    return router


def exported(desk: Desk, conversation: str, ending: str) -> Response:
    """A conversation as a file to keep; never as a page of this site."""
    kinds: dict[str, ExportFormat] = {known: kind for kind, (_, known) in EXPORTS.items()}
    if ending not in kinds:
        raise HTTPException(404)
    try:
        text = desk.conversations.export(conversation, kinds[ending])
    except ConversationError as error:
        raise HTTPException(404, str(error)) from error
    return Response(
        text,
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="groundwire-{conversation[:8]}.{ending}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        },
    )
