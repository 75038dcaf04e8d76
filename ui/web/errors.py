"""Errors as every route gives them: JSON in the form that clients of OpenAI's API understand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from ingest.errors import (
    GroundwireError,
    LibraryBusy,
    QuestionError,
    UnknownArticle,
    UnreadableSource,
)
from rag.sessions import ConversationError
from ui.web.desk import Busy, TookTooLong

_STATUS: tuple[tuple[type[GroundwireError], int], ...] = (
    (UnknownArticle, 404),
    (ConversationError, 404),
    (QuestionError, 422),
    (UnreadableSource, 422),
    (LibraryBusy, 503),
    (Busy, 503),
    (TookTooLong, 504),
)
_TYPES: Mapping[int, str] = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}
_RETRY_S = "2"


@dataclass(frozen=True)
class Problem:
    """What went wrong, as a status and a message; `remedy` says what to do."""

    status: int
    message: str
    remedy: str = ""
    code: str | None = None
    param: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, error: Exception) -> Problem:
        """The problem that an exception stands for."""
        if isinstance(error, HTTPException):
            return cls(error.status_code, str(error.detail), headers=dict(error.headers or {}))
        if not isinstance(error, GroundwireError):
            return cls(500, "Something went wrong; the server's log says what.")
        status = next((s for kind, s in _STATUS if isinstance(error, kind)), 500)
        headers = {"Retry-After": _RETRY_S} if status == 503 else {}
        return cls(status, error.message, error.remedy, headers=headers)

    def json(self) -> dict[str, Any]:
        """The body."""
        kind = _TYPES.get(self.status) or (
            "invalid_request_error" if self.status < 500 else "server_error"
        )
        return {
            "error": {
                "message": f"{self.message} {self.remedy}".strip(),
                "type": kind,
                "param": self.param,
                "code": self.code,
            }
        }

    def response(self) -> JSONResponse:
        """The answer to a request."""
        return JSONResponse(self.json(), self.status, headers=dict(self.headers))
