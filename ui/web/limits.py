"""The limit of a request's body, before anything reads it."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.web.errors import Problem

MOST_JSON_BYTES = 1024 * 1024
_ROOM = 1024 * 1024  # what a form needs around the file
_JSON_PATHS = ("/ask", "/v1/", "/mcp", "/login", "/logout")


class BodyLimit:
    """ASGI middleware: a body over the limit is a 413, whether its size is announced or not.

    Requests in JSON may have `MOST_JSON_BYTES`; others, which may carry files, `most_bytes`.
    """

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self.app = app
        self.most_bytes = most_bytes + _ROOM

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = MOST_JSON_BYTES if scope["path"].startswith(_JSON_PATHS) else self.most_bytes
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > most:
            await _too_large(most).response()(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise HTTPException(413, _too_large(most).message)
            return message

        await self.app(scope, counted, send)


def _too_large(most: int) -> Problem:
    return Problem(413, f"The request is larger than {most:,} bytes.")
