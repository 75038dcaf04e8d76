"""The guard: in front of every route of the process, whoever serves it.

A browser may be made to speak to this machine by any page it shows, so a request must name a host
that is meant (against DNS rebinding) and must not come from another site. With a key, it must
bring the key, or the cookie that a person got for it at `/login`.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.web.errors import Problem

COOKIE = "groundwire"
COOKIE_DAYS = 30
OPEN_PATHS = frozenset({"/login", "/healthz", "/readyz"})
"""What is served without a key: nothing here says anything of an article."""
SHORTEST_KEY = 16
_SAFE = frozenset({"GET", "HEAD"})
_WRONG_KEYS = 20
_WRONG_KEYS_WINDOW_S = 60.0
_MOST_CLIENTS = 1024


@dataclass(frozen=True)
class Access:
    """Who may come in. `hosts` are the names, besides IP addresses and localhost, by which this
    server is called; without a `key` nobody is asked for one."""

    key: str | None = field(default=None, repr=False)
    hosts: frozenset[str] = frozenset()

    def allows_host(self, host: str) -> bool:
        """Whether a Host header is one that is meant. An IP address needs no name server that
        could lie about it."""
        name = _name_of(host)
        return name == "localhost" or name in self.hosts or _is_address(name)

    def allows_key(self, key: str) -> bool:
        """Whether it is the key; takes as long whatever it is."""
        return self.key is not None and hmac.compare_digest(_digest(key), _digest(self.key))

    def cookie(self) -> str:
        """The value of a new cookie: until when it holds, and a signature that needs the key."""
        until = int(time.time()) + COOKIE_DAYS * 86_400
        return f"{until}.{self._signature(str(until))}"

    def allows_cookie(self, value: str) -> bool:
        """Whether a cookie was given out for the key and still holds."""
        until, _, signature = value.partition(".")
        genuine = hmac.compare_digest(signature.encode(), self._signature(until).encode())
        return self.key is not None and genuine and int(until) > time.time()

    def _signature(self, until: str) -> str:
        secret = _digest(f"cookie of {self.key}")
        return hmac.new(secret, until.encode(), hashlib.sha256).hexdigest()


_TOO_MANY = Problem(
    429, "Too many wrong keys.", remedy="Wait a minute.", headers={"Retry-After": "60"}
)


class Guard:
    """ASGI middleware that lets a request through, or answers it with why not."""

    def __init__(self, app: ASGIApp, access: Access, wrong_keys: WrongKeys) -> None:
        self.app = app
        self.access = access
        self._wrong = wrong_keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope, Headers(scope=scope))
        if refusal is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refusal(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """The answer to a request that must not come in, or None."""
        if not self.access.allows_host(headers.get("host", "")):
            return Problem(
                421,
                f"This server is not called {headers.get('host', '')!r}.",
                remedy="Name it with --allow-host.",
            ).response()
        if _from_elsewhere(scope, headers):
            return Problem(403, "Requests from other sites are refused.").response()
        if self.access.key is None or scope["path"] in OPEN_PATHS:
            return None
        return self._without_key(scope, headers)

    def _without_key(self, scope: Scope, headers: Headers) -> Response | None:
        client = client_of(scope)
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            if self._wrong.too_many(client):
                return _TOO_MANY.response()
            if self.access.allows_key(key.strip()):
                return None
            self._wrong.note(client)
        elif self.access.allows_cookie(cookie_of(headers)):
            return None
        if scope.get("method") == "GET" and "text/html" in headers.get("accept", ""):
            return RedirectResponse(f"/login?next={quote(scope['path'], safe='')}", 303)
        return Problem(
            401,
            "An API key is needed.",
            code="invalid_api_key",
            remedy="Send it as `Authorization: Bearer KEY`.",
            headers={"WWW-Authenticate": "Bearer"},
        ).response()


class WrongKeys:
    """How many wrong keys each client has sent in the last minute; of the last clients only."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, list[float]] = OrderedDict()

    def note(self, client: str) -> None:
        """One more."""
        times = self._seen.setdefault(client, [])
        times.append(time.monotonic())
        del times[:-_WRONG_KEYS]
        self._seen.move_to_end(client)
        while len(self._seen) > _MOST_CLIENTS:
            self._seen.popitem(last=False)

    def too_many(self, client: str) -> bool:
        """Whether no more are taken for now."""
        times = self._seen.get(client, [])
        return len(times) >= _WRONG_KEYS and time.monotonic() - times[0] < _WRONG_KEYS_WINDOW_S


def client_of(scope: Scope) -> str:
    """The address of who asks."""
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


def cookie_of(headers: Mapping[str, str]) -> str:
    """The value of our cookie; "" if there is none."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _from_elsewhere(scope: Scope, headers: Headers) -> bool:
    """Whether a browser says that another site's page makes the request. Following a link from
    there is fine."""
    origin = headers.get("origin")
    if origin is not None:
        return origin.partition("://")[2].lower() != headers.get("host", "").lower()
    navigates = headers.get("sec-fetch-mode") == "navigate" and scope.get("method") in _SAFE
    return headers.get("sec-fetch-site") in ("cross-site", "same-site") and not navigates


def _name_of(host: str) -> str:
    """A Host header without its port."""
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    return name.strip("[]").lower().rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
