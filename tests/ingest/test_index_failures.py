"""A vector index that fails: every passage is scored, and the next writer makes it anew."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from ingest.errors import LibraryError
from ingest.library import LibraryWriter
from ingest.vectors import VectorIndex
from tests.conftest import (
    open_library,
)
from tests.ingest.searching import nearest, writing

pytestmark = pytest.mark.usefixtures("index_is_asked")


def digests(folder: Path) -> dict[str, str]:
    """What the files of a library hold. Of Chroma's only the names: it opens nothing without
    writing to it."""
    return {
        str(path.relative_to(folder)): ""
        if "chroma" in path.parts
        else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


def test_asking_changes_no_file(folder: Path) -> None:
    before = digests(folder)
    with open_library(folder) as library:
        nearest(library)
        library.search_words("mine", 3)
        library.problems()
    assert digests(folder) == before


def spoil(folder: Path, way: str) -> None:
    """Damage the vector index of a library."""
    chroma = folder / "chroma"
    match way:
        case "missing":
            shutil.rmtree(chroma)
        case "empty folder":
            shutil.rmtree(chroma)
            chroma.mkdir()
        case "garbage":
            (chroma / "chroma.sqlite3").write_bytes(b"garbage" * 1000)
        case "a file":
            shutil.rmtree(chroma)
            chroma.write_text("not a folder")
        case "cleared":
            index = VectorIndex(chroma, 0)
            index.clear()
        case "half":
            index = VectorIndex(chroma, 0)
            index.remove([1, 2])


WAYS = ("missing", "empty folder", "garbage", "a file", "cleared", "half")


@pytest.mark.parametrize("way", WAYS)
def test_without_a_usable_index_every_passage_is_scored(folder: Path, way: str) -> None:
    with open_library(folder) as library:
        expected = nearest(library)
    spoil(folder, way)
    before = digests(folder)
    with open_library(folder) as library:
        assert nearest(library) == expected
        assert "vector index" in library.problems()[0]
    assert digests(folder) == before


@pytest.mark.parametrize("way", WAYS)
def test_the_next_writer_makes_a_spoiled_index_anew_and_embeds_nothing(
    folder: Path, way: str
) -> None:
    with open_library(folder) as library:
        expected = nearest(library)
    spoil(folder, way)
    with writing(folder) as writer:
        assert vars(writer)["embedder"].embedded == []
        assert nearest(writer) == expected
    with open_library(folder) as library:
        assert library.problems() == []
        assert library._index.count() == library.count_passages()
        assert nearest(library) == expected


def test_an_index_that_fails_in_the_middle_is_done_without(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_library(folder) as library:
        expected = nearest(library)

        def fail(*_: object) -> None:
            raise RuntimeError("Error finding id")

        monkeypatch.setattr(VectorIndex, "nearest", fail)
        assert nearest(library) == expected


def test_an_index_can_be_made_anew_at_any_time(folder: Path) -> None:
    with writing(folder) as writer:
        expected = nearest(writer)
        for _ in range(2):
            writer.rebuild_index()
            assert nearest(writer) == expected
            assert writer._index.count() == writer.count_passages()


def test_a_server_that_is_not_there_is_an_error_when_writing_and_done_without_when_asking(
    folder: Path,
) -> None:
    with open_library(folder) as library:
        expected = nearest(library)
    manifest = json.loads((folder / "library.json").read_text())
    (folder / "library.json").write_text(json.dumps({**manifest, "vectors": "127.0.0.1:9"}))
    with open_library(folder) as library:
        assert nearest(library) == expected
    with pytest.raises(LibraryError, match=r"Chroma server '127.0.0.1:9' cannot be used.*Start it"):
        LibraryWriter.open(folder)
