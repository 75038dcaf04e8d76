"""Vectors on a Chroma server, by configuration: found there, mended, and done without."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from importlib.metadata import files
from pathlib import Path

import pytest

from tests.conftest import environment, python


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A Chroma server on loopback: its address and its process's number."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [_chroma(), "run", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--path", str(tmp_path / "server")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait_for(port)
        yield f"127.0.0.1:{port}", process.pid
    finally:
        process.kill()
        process.wait()


def _chroma() -> str:
    """The command that comes with chromadb."""
    if found := shutil.which("chroma"):
        return found
    scripts = [file.locate() for file in files("chromadb") or [] if file.stem == "chroma"]
    if not scripts:
        pytest.skip("chromadb came without its command")
    return str(scripts[0])


def _wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("The Chroma server did not start.")


USED = """
import json, os, signal, sys
from pathlib import Path
from ingest import library as library_module
from ingest.errors import LibraryError
from ingest.library import LibraryWriter
from ingest.pipeline import add_articles
from tests.conftest import ARTICLES, WordEmbedder, article, make_library
from tests.conftest import open_library, with_embedder

def nearest(library):
    return library.search_vectors(WordEmbedder().embed_question("Item 12 and boat 84"), 10)

library_module._EXACT_UP_TO = 0
folder, address, server = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
more = [article(f"n{i}", f"Item {i} says that boat {i * 7} left.") for i in range(40)]
manifest = make_library(folder, ARTICLES) / "library.json"
manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"vectors": address}))
with with_embedder(LibraryWriter.open(folder), WordEmbedder()) as writer:
    assert writer._index.count() == writer.count_passages() > 0
    add_articles(more, writer)
    writer.remove(ARTICLES[0].id)
with open_library(folder) as library:
    found = nearest(library)
    assert library._loaded
    assert library._index.numbers() == set(library._catalog.vectors()[0].tolist())
    assert library.problems() == []
    os.kill(server, signal.SIGKILL)
del library
with open_library(folder) as library:
    assert nearest(library) == found
    assert not library._loaded
    assert "vector index" in str(library.problems())
try:
    LibraryWriter.open(folder)
except LibraryError as error:
    print(error)
"""


def test_vectors_can_live_on_a_chroma_server_and_asking_survives_its_end(
    server: tuple[str, int], tmp_path: Path
) -> None:
    """In a process of its own: Chroma's client leaves connections open."""
    address, process = server
    done = subprocess.run(
        python(USED, tmp_path / "library", address, str(process)),
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search("Start it, or correct its address|cannot be written", done.stdout), done.stdout
