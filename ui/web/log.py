"""The server's log, one JSON object a line, and its middleware: every request has an id.

Neither a question nor an address's query is in the log unless the settings ask for it.
"""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.web.errors import Problem
from ui.web.guard import client_of
from ui.web.metrics import Metrics

logger = logging.getLogger("ui.web")
_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def log(event: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """Write a line; fields that are None are left out."""
    kept = {name: value for name, value in fields.items() if value is not None}
    logger.log(level, event, extra={"fields": kept})


class JsonLines(logging.Formatter):
    """A record as a JSON object; a traceback is in it as one string."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": moment, "level": record.levelname.lower(), "event": record.getMessage()}
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)


class RequestLog:
    """ASGI middleware: gives a request its id, logs and counts it, and marks every response as
    nothing but what its type says."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["id"] = request_id
        started = time.perf_counter()
        status = 0

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, marked)
        except ClientDisconnect:
            pass
        except Exception:
            logger.exception("error", extra={"fields": {"id": request_id}})
            if not status:
                problem = Problem(500, "Something went wrong; the server's log says what.")
                await problem.response()(scope, receive, marked)
        finally:
            self._note(scope, request_id, status, time.perf_counter() - started)

    def _note(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        """A status of 0 is a client that went away before there was one."""
        route = getattr(scope.get("route"), "path", None) or "other"
        self.metrics.request(scope["method"], route, status, seconds)
        log(
            "request",
            id=request_id,
            method=scope["method"],
            path=scope["path"],
            status=status,
            ms=round(1000 * seconds, 1),
            client=client_of(scope),
        )
