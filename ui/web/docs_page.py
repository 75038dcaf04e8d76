"""The API's documentation as a page of this server; the usual one loads scripts from elsewhere."""

from __future__ import annotations

from html import escape
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from ui.web.markup import page

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def docs(request: Request) -> Response:
    """Every route with what it does."""
    document = request.app.openapi()
    rows = [
        _row(method, path, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    body = (
        "<h1>The HTTP API of Groundwire</h1>"
        '<p>All of it, for machines: <a href="/openapi.json">openapi.json</a>.</p>'
        f"<table>{''.join(rows)}</table>"
    )
    return page("The HTTP API of Groundwire", body)


def _row(method: str, path: str, operation: dict[str, Any]) -> str:
    parameters = ", ".join(p["name"] for p in operation.get("parameters", []))
    taken = f"<br>Parameters: {escape(parameters)}" if parameters else ""
    return (
        f"<tr><td><code>{method.upper()} {escape(path)}</code></td>"
        f"<td>{escape(operation.get('description', ''))}{taken}</td></tr>"
    )
