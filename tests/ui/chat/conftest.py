"""A server with the real reader and real articles, and a browser at its chat."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.embed import Embedder
from ingest.library import LibraryWriter
from ingest.pipeline import add_articles, ingest
from tests.conftest import with_embedder
from tests.ui.browser import CHROMIUM, ROOT, WAIT_MS, chromium, is_here
from tests.ui.chat.page import (
    DESKTOP,
    EMOJI,
    HOSTILE,
    PacedAssistant,
    Seen,
)
from tests.ui.web_server import Served, served, wait_until_ready

if CHROMIUM is None and os.environ.get("CI"):
    pytest.fail("Chromium is missing: `apt-get install chromium`.", pytrace=False)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """The sample articles about ISKP, one with emoji, and the hostile ones."""
    folder = tmp_path_factory.mktemp("chat") / "library"
    with with_embedder(LibraryWriter.open(folder), embedder) as writer:
        assert not ingest([ROOT / "ingest/samples/iskp", HOSTILE], writer).failed
        add_articles([EMOJI], writer)
    return folder


@pytest.fixture(scope="module")
def server(library: Path, embedder: Embedder) -> Iterator[Served]:
    conversations = library.parent / "conversations.sqlite"
    with served(
        library, embedder, page=True, kind=PacedAssistant, conversations=conversations
    ) as running:
        wait_until_ready(running)
        yield running


@pytest.fixture(scope="module")
def address(server: Served) -> str:
    return server.url


@pytest.fixture
def assistant(server: Served) -> PacedAssistant:
    assert isinstance(server.desk.assistant, PacedAssistant)
    return server.desk.assistant


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def opened(browser: Any, address: str) -> Iterator[tuple[Any, Seen]]:
    """The page, loaded once for all tests: loading it is what takes long."""
    context = browser.new_context(viewport=DESKTOP, accept_downloads=True)
    context.set_default_timeout(WAIT_MS)
    page, seen = context.new_page(), Seen()
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.goto(address)
    page.wait_for_selector(".suggestions button")
    yield page, seen
    context.close()


@pytest.fixture
def page(opened: tuple[Any, Seen]) -> Iterator[Any]:
    """An empty chat. Whatever a test does, no script of an article runs and no request leaves."""
    page, seen = opened
    seen.errors.clear()
    page.set_viewport_size(DESKTOP)
    page.evaluate("""for (const open of ['pane', 'side', 'filters'])
        delete document.documentElement.dataset[open]""")
    page.locator("[data-do=new]").click()
    page.wait_for_selector(".welcome")
    yield page
    assert page.evaluate("window.pwned") is None
    assert [url for url in seen.requests if not is_here(url)] == []
    assert seen.errors == []
