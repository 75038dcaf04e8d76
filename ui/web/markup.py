"""The server's own small pages: text and one style, no script, nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from starlette.responses import HTMLResponse

_STYLE = """
:root { color-scheme: light dark; }
body { font: 1.06rem/1.6 Georgia, serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem;
  overflow-wrap: anywhere; }
header, footer, table, form { font-family: system-ui, sans-serif; font-size: 0.9rem; }
h1 { font-size: 1.6rem; line-height: 1.25; }
mark { background: #ffe27a; color: #1a1a1a; padding: 0.1em 0; }
p.line { margin: 0; }
p.heading { font-weight: bold; }
.steering { outline: 1px dotted #a40; }
.notice { border-left: 4px solid #a40; padding-left: 0.8rem; }
table { border-collapse: collapse; }
td { padding: 0.3rem 0.8rem 0.3rem 0; vertical-align: top; }
input, button { font: inherit; padding: 0.4rem 0.6rem; }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{_HASH}'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)


def page(title: str, body: str, *, status: int = 200) -> HTMLResponse:
    """A page; `title` is text, and `body` is markup in which every text has been escaped."""
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{body}</body></html>"
    )
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(html, status, headers)
