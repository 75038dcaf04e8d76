"""Articles added and removed over HTTP: files, what cannot be one, and another writer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingest.embed import Embedder
from ingest.library import LibraryWriter
from tests.conftest import ARTICLES, make_library
from tests.ui.web_server import Served, served

BRIDGE = ARTICLES[1]


@pytest.fixture
def own(tmp_path: Path, embedder: Embedder) -> Iterator[Served]:
    """A server of ARTICLES that a test may change."""
    folder = make_library(tmp_path / "library", ARTICLES, embedder)
    with served(folder, embedder, max_file_mb=1, private_addresses=False) as running:
        yield running


def test_articles_are_added_from_files_and_removed(own: Served) -> None:
    question = {"question": "Who is the harbour master of Sund?"}
    files = {"files": ("../../note.txt", b"The harbour master of Sund is Odd Berg.")}
    assert httpx.post(f"{own.url}/ask", json=question).json()["answered"] is False
    added = httpx.post(f"{own.url}/articles", files=files, timeout=120)
    assert added.status_code == 201, added.text
    (article,) = added.json()["added"]
    assert article["source"].startswith("upload:")
    assert article["source"].endswith("/note.txt")
    assert httpx.post(f"{own.url}/ask", json=question).json()["answered"] is True
    again = httpx.post(f"{own.url}/articles", files=files)
    assert (again.status_code, again.json()["unchanged"]) == (200, [article])
    assert httpx.delete(f"{own.url}/articles/{article['id']}").status_code == 204
    assert httpx.delete(f"{own.url}/articles/{article['id']}").status_code == 404
    assert httpx.post(f"{own.url}/ask", json=question).json()["answered"] is False
    assert not [p for p in own.desk.settings.library.rglob("*") if "note" in p.name]


def test_what_cannot_be_added_is_said_with_the_reason(own: Served) -> None:
    url = f"{own.url}/articles"

    def refused(**sent: Any) -> tuple[int, str]:
        response = httpx.post(url, **sent)
        return response.status_code, response.json()["error"]["message"]

    status, message = refused(files={"files": ("a.exe", b"MZ")})
    assert (status, "'.exe' is not supported" in message) == (422, True)
    status, message = refused(data={"urls": f"{own.url}/healthz"})
    assert (status, "127.0.0.1 is not a public address" in message) == (422, True)
    assert refused(data={"urls": "file:///etc/passwd"})[0] == 422
    assert refused(data={})[0] == 422
    status, message = refused(files={"files": ("../My notes.txt", b"")})
    assert (status, message) == (422, "'My notes.txt' is empty. Remove it, or save it again.")
    records = b'{"text": "The harbour of Aune has six cranes."}\n{"title": "Nothing"}'
    sent = httpx.post(url, files={"files": ("two records.jsonl", records)}, timeout=120)
    (failed,) = sent.json()["failed"]
    assert failed["message"].startswith("'two records.jsonl', line 2, cannot be read: ")
    status, message = refused(files={"files": ("a.txt", b"x" * (1024 * 1024 + 1))})
    assert (status, "over 1,048,576" in message) == (422, True)


def test_while_another_process_writes_adding_is_refused_with_when_to_retry(
    own: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.web.desk._LOCK_TIMEOUT_S", 0.1)
    with LibraryWriter.open(own.desk.settings.library):
        response = httpx.delete(f"{own.url}/articles/{BRIDGE.id}")
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
