"""Connections to SQLite: each thread has its own, and none outlives its thread."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ingest.connections import Connections
from ingest.errors import LibraryError
from rag.sessions import ConversationError, Conversations
from tests.conftest import ARTICLES, make_library, open_library

OPEN_FILES = Path("/proc/self/fd")


def connect() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", check_same_thread=False)


def in_a_thread(work: Callable[[], object]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_each_thread_has_one_connection_which_is_closed_with_it() -> None:
    connections, seen = Connections(connect), list[sqlite3.Connection]()
    for _ in range(3):
        in_a_thread(lambda: seen.extend((connections.own(), connections.own())))
    assert len(set(map(id, seen))) == 3
    assert [first is second for first, second in zip(seen[::2], seen[1::2], strict=True)] == [
        True
    ] * 3
    for connection in seen:
        with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
            connection.execute("SELECT 1")


def test_closing_closes_those_of_other_threads() -> None:
    connections = Connections(connect)
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(connections.own).result()
        connections.close()
        with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
            other.execute("SELECT 1")


def test_closing_waits_for_the_thread_that_uses_one() -> None:
    connections = Connections(connect)
    with ThreadPoolExecutor(1) as pool:
        with connections.using() as connection:
            closing = pool.submit(connections.close)
            while not connections.closed:
                time.sleep(0.01)
            time.sleep(0.05)
            assert not closing.done()
            assert connection.execute("SELECT 1").fetchone() == (1,)
        closing.result()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"), connections.using():
        pass


@pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="the system does not list open files")
def test_threads_that_come_and_go_leave_no_file_open(tmp_path: Path) -> None:
    folder = make_library(tmp_path / "library", ARTICLES)
    with open_library(folder) as library, Conversations.open(tmp_path / "talks.sqlite") as store:

        def look() -> None:
            library.search_words("mine", 3)
            store.list()

        look()
        in_a_thread(look)  # SQLite keeps one file that was closed while another thread had it
        before = len([*OPEN_FILES.iterdir()])
        for _ in range(5):
            in_a_thread(look)
        assert len([*OPEN_FILES.iterdir()]) == before


def test_what_is_closed_says_so_and_opens_nothing_again(tmp_path: Path) -> None:
    folder, talks = make_library(tmp_path / "library", ARTICLES), tmp_path / "talks.sqlite"
    with open_library(folder) as library, Conversations.open(talks) as store:
        store.create()
    talks.unlink()
    (folder / "catalog.sqlite").unlink()
    with pytest.raises(LibraryError, match=r"library' was closed\. Open it again\."):
        library.count_articles()
    with pytest.raises(LibraryError, match="was closed"):
        library.entries()
    with pytest.raises(ConversationError, match=r"talks\.sqlite' were closed\. Open them again"):
        store.list()
    assert not talks.exists()


@pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="the system does not list open files")
def test_closing_lets_go_of_every_file_also_of_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_library(tmp_path / "library", ARTICLES)
    monkeypatch.setattr("ingest.library._EXACT_UP_TO", 0)  # Chroma is asked
    with open_library(folder) as library:
        vector = library.embedder.embed_question("Who shelled the mine?")
        library.search_vectors(vector, 2)
        assert files_open_in(folder)
    deadline = time.monotonic() + 10
    while files_open_in(folder) and time.monotonic() < deadline:  # Chroma closes them by and by
        time.sleep(0.05)
    assert not files_open_in(folder)
    with pytest.raises(LibraryError, match="was closed"):
        library.search_vectors(vector, 2)
    assert not files_open_in(folder)


def files_open_in(folder: Path) -> list[str]:
    opened = [file.readlink() for file in OPEN_FILES.iterdir() if file.is_symlink()]
    return [str(file) for file in opened if file.is_relative_to(folder)]
