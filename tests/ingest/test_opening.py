"""What cannot be opened as a library is an error with a remedy, and changes nothing."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import pytest

from ingest.embed import Embedder
from ingest.errors import LibraryError
from ingest.library import Library, LibraryWriter
from ingest.manifest import FORMAT, Manifest
from tests.conftest import (
    ARTICLES,
    make_library,
    open_library,
    without_privileges,
)
from tests.ingest.searching import exactly, nearest

pytestmark = pytest.mark.usefixtures("index_is_asked")


def test_no_library_is_an_error_with_a_remedy_and_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"no library in .*groundwire ingest"):
        Library.open(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "manifest",
    ["", "{", "[]", "null", '"text"', '{"format": 1, "colour": "red"}', "\xff\xfe", "[" * 100_000],
)
def test_a_damaged_manifest_is_an_error_with_a_remedy(folder: Path, manifest: str) -> None:
    (folder / "library.json").write_text(manifest, encoding="latin-1")
    for opener in (Library, LibraryWriter):
        with pytest.raises(LibraryError, match=r"library\.json.*cannot be read.*backup"):
            opener.open(folder)


def test_another_format_is_an_error_with_a_remedy(folder: Path) -> None:
    (folder / "library.json").write_text(json.dumps({"format": FORMAT + 1}))
    with pytest.raises(LibraryError, match=f"has format {FORMAT + 1}.*uses {FORMAT}.*Install"):
        Library.open(folder)


def test_another_model_is_an_error_with_a_remedy(folder: Path) -> None:
    with pytest.raises(LibraryError, match=r"made with the model.*not 'other'. Use that model"):
        LibraryWriter.open(folder, Manifest(model="other"))
    with LibraryWriter.open(folder, Manifest()) as writer:
        assert writer.manifest == Manifest()


@pytest.mark.parametrize("opener", [Library, LibraryWriter])
def test_a_damaged_catalog_is_an_error_with_a_remedy(folder: Path, opener: type[Library]) -> None:
    (folder / "catalog.sqlite").write_bytes(b"garbage" * 1000)
    with pytest.raises(LibraryError, match=r"cannot be used.*backup"):
        opener.open(folder)


def test_a_missing_catalog_is_an_error_when_asking(folder: Path) -> None:
    (folder / "catalog.sqlite").unlink()
    with pytest.raises(LibraryError, match=r"cannot be used.*backup"):
        Library.open(folder)
    assert not (folder / "catalog.sqlite").exists()


@pytest.mark.parametrize("opener", [Library, LibraryWriter])
def test_a_file_is_no_library(tmp_path: Path, opener: type[Library]) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(LibraryError, match="file"):
        opener.open(file)


def test_a_folder_that_may_not_be_written_can_be_asked(embedder: Embedder) -> None:
    place = Path(tempfile.mkdtemp())  # unlike tmp_path, every user may enter it
    try:
        folder = make_library(place / "library", ARTICLES)
        place.chmod(0o755)
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        with without_privileges():
            with open_library(folder) as library:
                assert [score for _, score in nearest(library)] == exactly(ARTICLES)
                assert library.search_words("mine", 3)
                assert [item.source for item in library.entries()]
            with pytest.raises(LibraryError, match=r"cannot be written.*permissions"):
                LibraryWriter.open(folder)
            with pytest.raises(LibraryError, match=r"cannot be made.*Name a folder"):
                LibraryWriter.open(place / "another")
    finally:
        for path in [place, *place.rglob("*")]:
            path.chmod(0o755)
        shutil.rmtree(place)
