"""The login of the page: a person gives the key once and gets a cookie for it."""

from __future__ import annotations

import asyncio
from html import escape
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from ui.web.guard import COOKIE, COOKIE_DAYS, Access, WrongKeys, client_of
from ui.web.markup import page

_WRONG_KEY_PAUSE_S = 0.5
Next = Annotated[str, Query(max_length=1000)]

router = APIRouter(include_in_schema=False)


@router.get("/login")
def login_form(next: Next = "/") -> Response:  # noqa: A002
    """The form."""
    return _form(next)


@router.post("/login")
async def login(
    request: Request,
    key: Annotated[str, Form(max_length=1000)],
    next: Next = "/",  # noqa: A002
) -> Response:
    """The cookie for the key, or the form again."""
    access: Access = request.app.state.access
    wrong: WrongKeys = request.app.state.wrong_keys
    client = client_of(request.scope)
    if wrong.too_many(client):
        return _form(next, "Too many wrong keys. Wait a minute.", status=429)
    if not access.allows_key(key.strip()):
        wrong.note(client)
        await asyncio.sleep(_WRONG_KEY_PAUSE_S)
        return _form(next, "That is not the key.", status=401)
    response = RedirectResponse(_own_path(next), 303)
    response.set_cookie(
        COOKIE,
        access.cookie(),
        max_age=COOKIE_DAYS * 86_400,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


@router.post("/logout")
def logout() -> Response:
    """Take the cookie back."""
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE)
    return response


def _form(next: str, message: str = "", *, status: int = 200) -> Response:  # noqa: A002
    notice = f'<p class="notice">{escape(message)}</p>' if message else ""
    action = f"/login?next={escape(_own_path(next))}"
    body = (
        f'<h1>Groundwire</h1>{notice}<form method="post" action="{action}">'
        '<label>API key <input name="key" type="password" autocomplete="current-password" required'
        " autofocus></label> <button>Log in</button></form>"
    )
    return page("Log in to Groundwire", body, status=status)


def _own_path(path: str) -> str:
    """A path of this server: never another site, however it is written."""
    plain = path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"
