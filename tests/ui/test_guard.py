"""Who may come in: the guard stands in front of every route of the process, whoever serves it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import Result
from fastapi import FastAPI
from starlette.routing import Mount
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from ingest.embed import Embedder
from rag.assistant import Assistant
from tests.conftest import ARTICLES, make_library, open_library
from ui.serve_command import AccessError, access_for, is_loopback
from ui.settings import Settings
from ui.web.app import create_app
from ui.web.desk import Desk
from ui.web.guard import COOKIE, OPEN_PATHS, Access

Run = Callable[..., Result]
KEY = "a-key-that-nobody-guesses"
BEARER = {"Authorization": f"Bearer {KEY}"}


def application(folder: Path, embedder: Embedder, access: Access, *, page: bool = False) -> FastAPI:
    desk = Desk(Assistant(open_library(folder, embedder)), Settings(library=folder))
    return create_app(desk, access, page=page)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    return make_library(tmp_path_factory.mktemp("guarded") / "library", ARTICLES, embedder)


@pytest.fixture
def locked(folder: Path, embedder: Embedder) -> Iterator[TestClient]:
    """A client of a server with a key; it follows no redirect."""
    app = application(folder, embedder, Access(KEY))
    with TestClient(app, "http://localhost", follow_redirects=False) as client:
        yield client


@pytest.fixture
def unlocked(folder: Path, embedder: Embedder) -> Iterator[TestClient]:
    """A client of a server without a key."""
    app = application(folder, embedder, Access(hosts=frozenset({"news.example"})))
    with TestClient(app, "http://localhost", follow_redirects=False) as client:
        yield client


def paths_of(app: Any, below: str = "") -> set[str]:
    """The path of every route, those of mounted applications too."""
    found: set[str] = set()
    for route in app.routes:
        path = below + getattr(route, "path", "")
        found.add(path or "/")
        if isinstance(route, Mount):
            found |= paths_of(route, path)
        elif included := getattr(route, "original_router", None):
            found |= paths_of(included, below)
    return found


async def test_every_route_wants_the_key_the_pages_and_the_mounts_too(
    folder: Path, embedder: Embedder
) -> None:
    app = application(folder, embedder, Access(KEY), page=True)
    paths = paths_of(app)
    assert {"/ask", "/v1/chat/completions", "/mcp", "/metrics", "/docs", "/openapi.json"} <= paths
    assert any("gradio_api" in path for path in paths), "the page is not mounted"
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for path in paths - OPEN_PATHS:
            for method in ("GET", "POST", "DELETE", "OPTIONS"):
                response = await client.request(method, path.replace("{", "").replace("}", ""))
                assert response.status_code == 401, f"{method} {path}"
                assert response.json()["error"]["code"] == "invalid_api_key"
    app.state.desk.close()


def test_a_websocket_wants_the_key_too(locked: TestClient) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        locked.websocket_connect("/queue/join"),
    ):
        pass
    assert refused.value.code == 1008  # the guard's; where there is no such route it is 1000


def test_what_is_open_says_nothing_of_articles(locked: TestClient) -> None:
    for path in OPEN_PATHS:
        text = locked.get(path).text
        assert not any(a.title in text or a.id in text for a in ARTICLES if a.title)


def test_the_key_opens_and_another_does_not(locked: TestClient) -> None:
    assert locked.get("/articles", headers=BEARER).status_code == 200
    for wrong in (KEY[:-1], f"{KEY}x", KEY.upper(), "", "\u00e9"):
        sent = {b"Authorization": f"Bearer {wrong}".encode()}
        assert locked.get("/articles", headers=sent).status_code == 401
    assert locked.get("/articles", headers={"Authorization": f"Basic {KEY}"}).status_code == 401
    assert locked.get(f"/articles?api_key={KEY}").status_code == 401


def test_wrong_keys_are_not_tried_without_end(locked: TestClient) -> None:
    wrong = {"Authorization": "Bearer wrong"}
    statuses = [locked.get("/articles", headers=wrong).status_code for _ in range(25)]
    assert (statuses[:20], statuses[20:]) == ([401] * 20, [429] * 5)


def test_a_person_logs_in_once_and_out_again(locked: TestClient) -> None:
    asked = locked.get("/articles", headers={"Accept": "text/html"})
    assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=%2Farticles")
    assert locked.post("/login?next=/articles", data={"key": "wrong"}).status_code == 401
    entered = locked.post("/login?next=/articles", data={"key": KEY})
    assert (entered.status_code, entered.headers["location"]) == (303, "/articles")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert KEY not in cookie
    assert locked.get("/articles").status_code == 200
    locked.post("/logout")
    assert locked.get("/articles").status_code == 401


def test_a_cookie_cannot_be_made_up_or_stretched(
    locked: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = Access(KEY).cookie()
    until, _, signature = genuine.partition(".")
    assert Access(KEY).allows_cookie(genuine)
    for value in ("", ".", "x.y", f"{int(until) + 1}.{signature}", f"{until}.", f"{until}.x\u00e9"):
        assert not Access(KEY).allows_cookie(value)
    assert not Access("another key altogether").allows_cookie(genuine)
    assert locked.get("/articles", headers={"Cookie": f"{COOKIE}={genuine}"}).status_code == 200
    monkeypatch.setattr(time, "time", lambda: float(until) + 1)
    assert not Access(KEY).allows_cookie(genuine)


@pytest.mark.parametrize(
    "to",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\\evil", "/\t/evil.example"],
)
def test_the_login_leads_to_no_other_site(locked: TestClient, to: str) -> None:
    entered = locked.post("/login", params={"next": to}, data={"key": KEY})
    assert entered.headers["location"] == "/"


def test_the_login_page_shows_what_it_is_given_as_text(locked: TestClient) -> None:
    page = locked.get("/login", params={"next": '/"><script>alert(1)</script>'}).text
    assert "<script" not in page


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:80", "", "127.0.0.1.x"])
def test_a_foreign_host_is_refused(unlocked: TestClient, host: str) -> None:
    for path in ("/articles", "/healthz", "/login"):
        assert unlocked.get(path, headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "news.example"]
)
def test_a_host_that_is_meant_comes_in(unlocked: TestClient, host: str) -> None:
    assert unlocked.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://localhost/http://localhost"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"},
    ],
)
def test_a_request_of_another_site_is_refused(
    unlocked: TestClient, headers: dict[str, str]
) -> None:
    for method in ("GET", "POST", "DELETE", "OPTIONS"):
        response = unlocked.request(method, "/articles", headers=headers)
        assert response.status_code == 403
        assert not [name for name in response.headers if name.startswith("access-control")]


def test_a_link_from_another_site_and_a_page_of_our_own_come_in(unlocked: TestClient) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert unlocked.get("/articles", headers=link).status_code == 200
    assert unlocked.post("/ask", headers=link).status_code == 403
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert unlocked.get("/articles", headers=own).status_code == 200


# The command


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "news.example"])
def test_another_address_is_not_served_without_a_key(
    run: Run, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AccessError):  # before a command that would serve
        access_for(host, "NO_KEY")
    for command in (["serve"], ["mcp", "--http"]):
        result = run(*command, "--host", host)
        assert result.exit_code == 1
        assert "Put an API key into the environment variable GROUNDWIRE_API_KEY" in result.stderr
    monkeypatch.setenv("MY_KEY", KEY)
    assert access_for(host, "MY_KEY").key == KEY


def test_a_weak_key_is_refused_and_never_printed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWIRE_API_KEY", "hunter2")
    result = run("serve")
    assert result.exit_code == 1
    assert "too weak" in result.stderr
    assert "hunter2" not in result.output
    assert KEY not in repr(Access(KEY))


def test_loopback_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROUNDWIRE_API_KEY", raising=False)
    for host in ("127.0.0.1", "localhost", "::1", "127.5.5.5"):
        assert is_loopback(host)
        assert access_for(host, "GROUNDWIRE_API_KEY").key is None
    with pytest.raises(AccessError):
        access_for("10.0.0.1", "GROUNDWIRE_API_KEY")
