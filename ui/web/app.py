"""The server's application: API, page and MCP on one desk, behind one guard."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from mcp.server.transport_security import TransportSecuritySettings
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ingest.errors import GroundwireError
from ingest.tokens import count_tokens
from ui.mcp_server import mcp_server
from ui.web import api, docs_page, login, openai_api
from ui.web.desk import Desk
from ui.web.errors import Problem
from ui.web.guard import Access, Guard, WrongKeys
from ui.web.limits import BodyLimit
from ui.web.log import RequestLog, log
from ui.web.metrics import Metrics

API_VERSION = "1"
_WARM_UP = "Is everything there?"
_AS_JSON = "Send one, with the header Content-Type: application/json."
_UNGUARDED = TransportSecuritySettings(enable_dns_rebinding_protection=False)  # the guard does it


def create_app(desk: Desk, access: Access | None = None, *, page: bool = True) -> FastAPI:
    """The application for one desk, which it closes at its end.

    With `page` the chat is at `/`, if it is installed. `access` says who may come in: without it
    everybody, by the name localhost or by an address.
    """
    mcp = mcp_server(desk)
    mcp_routes = mcp.streamable_http_app(
        streamable_http_path="/mcp",
        stateless_http=True,
        json_response=True,
        transport_security=_UNGUARDED,
    ).routes

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        warming = asyncio.create_task(_warm_up(app, desk))
        async with mcp.session_manager.run():
            yield
        warming.cancel()
        desk.close()

    app = FastAPI(
        title="Groundwire",
        version=API_VERSION,
        description="Ask your articles: every sentence of an answer names the words it rests on.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.desk = desk
    app.state.settings = desk.settings
    app.state.access = access or Access()
    app.state.wrong_keys = WrongKeys()
    app.state.metrics = Metrics()
    app.state.metrics.watch(desk)
    app.state.ready = False
    for module_router in (
        openai_api.router,
        api.asking,
        api.articles,
        api.watching,
        docs_page.router,
        login.router,
    ):
        app.include_router(module_router)
    app.router.routes.extend(mcp_routes)
    if page and find_spec("ui.chat") is not None:
        from ui.chat.page import mount

        mount(app, desk)
    _protect(app)
    return app


def _protect(app: FastAPI) -> None:
    """Put the log, the guard and the limits in front of everything, and errors into one form."""
    app.add_middleware(BodyLimit, most_bytes=app.state.desk.most_bytes)
    app.add_middleware(Guard, access=app.state.access, wrong_keys=app.state.wrong_keys)
    app.add_middleware(RequestLog, metrics=app.state.metrics)
    app.add_exception_handler(GroundwireError, _problem)
    app.add_exception_handler(HTTPException, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)


async def _problem(_: Request, error: Exception) -> Response:
    return Problem.of(error).response()


async def _invalid(_: Request, error: Exception) -> Response:
    """The first thing that is wrong with a request."""
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"][1:])
    if first["type"] == "json_invalid":
        reason = f"{first['ctx']['error']} at character {place}"
        return Problem(422, f"The body is not JSON: {reason}.", code="invalid").response()
    if not place:
        return Problem(422, "The body is not a JSON object.", _AS_JSON, "invalid").response()
    return Problem(422, f"{place}: {first['msg']}.", code="invalid", param=place).response()


async def _warm_up(app: FastAPI, desk: Desk) -> None:
    """Load what the first question needs; then the server is ready."""
    try:
        await desk.read(desk.assistant.ask, _WARM_UP)
        await desk.read(count_tokens, _WARM_UP)
        if desk.assistant.writer:  # its first sentence would wait for the grammar to be loaded
            await desk.read(desk.assistant.writer.checker.check, "It rained.", "Rain fell.")
    except GroundwireError as error:
        log("cannot answer", level=logging.ERROR, reason=str(error))
    else:
        app.state.ready = True
        log("ready")
