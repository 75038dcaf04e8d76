"""A real server on loopback for tests: uvicorn in a thread, over a library of the test's own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from ingest.embed import Embedder
from rag.assistant import Assistant
from rag.reader import Reader
from tests.conftest import open_library
from ui.settings import Settings
from ui.web.app import create_app
from ui.web.desk import Desk
from ui.web.guard import Access


class Served:
    """A running server: its address, and its desk to look into."""

    def __init__(self, url: str, desk: Desk, app: Any) -> None:
        self.url = url
        self.desk = desk
        self.app = app


def wait_until(true: Callable[[], Any], seconds: float = 20) -> None:
    """Wait until something is true; it is an error if that takes too long."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def wait_until_ready(running: Served) -> None:
    """Wait until a server says that it is ready."""
    wait_until(lambda: running.app.state.ready)


@contextmanager
def served(
    folder: Path,
    embedder: Embedder,
    *,
    access: Access | None = None,
    reader: Reader | None = None,
    page: bool = False,
    kind: Callable[..., Assistant] = Assistant,
    **settings: Any,
) -> Iterator[Served]:
    """The server of a library, with the API and MCP, and with the page if that is wanted."""
    assistant = kind(open_library(folder, embedder), reader=reader)
    desk = Desk(assistant, Settings(library=folder, **settings))
    app = create_app(desk, access, page=page)
    config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen(128)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    try:
        yield Served(f"http://127.0.0.1:{sock.getsockname()[1]}", desk, app)
    finally:
        server.should_exit = True
        thread.join(10)
        sock.close()
