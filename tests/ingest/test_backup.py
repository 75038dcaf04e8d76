"""Backups, restoring, and what can be saved of a damaged catalog."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from ingest.backup import backup, rescue, restore
from ingest.embed import Embedder
from ingest.errors import LibraryError
from ingest.library import Library, LibraryWriter
from ingest.pipeline import add_articles
from tests.conftest import (
    WordEmbedder,
    article,
    make_library,
    open_library,
    with_embedder,
)


def state(folder: Path) -> tuple[list[str], list[tuple[int, float]]]:
    """The articles, and what vectors find."""
    with open_library(folder) as library:
        assert library.problems() == []
        vector = WordEmbedder().embed_question("Who shelled the mine?")
        return [e.source for e in library.entries()], library.search_vectors(vector, 9)


def test_a_backup_is_a_library_that_answers(folder: Path, tmp_path: Path) -> None:
    with open_library(folder) as library:
        backup(library, tmp_path / "copies" / "copy")
    assert state(tmp_path / "copies" / "copy") == state(folder)


def test_a_restored_library_is_what_it_was(folder: Path, tmp_path: Path) -> None:
    before = state(folder)
    with open_library(folder) as library:
        backup(library, tmp_path / "copy")
        make_library(folder, [article("mine", "Sold."), article("new", "New.")])
        assert restore(tmp_path / "copy", folder) is None
        assert [entry.source for entry in library.entries()] == before[0]
    assert state(folder) == before
    assert restore(tmp_path / "copy", tmp_path / "elsewhere") is None
    assert state(tmp_path / "elsewhere") == before


def test_numbers_are_not_used_again_after_restoring(folder: Path, tmp_path: Path) -> None:
    with open_library(folder) as library:
        backup(library, tmp_path / "copy")
        make_library(folder, [article("new", "New words are here.")])
        used = set(library._catalog.vectors()[0].tolist())
        restore(tmp_path / "copy", folder)
        make_library(folder, [article("newer", "Newer words are here.")])
        newest = max(library._catalog.vectors()[0].tolist())
    assert newest not in used


def test_a_backup_is_taken_whole_while_another_thread_writes(folder: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        with with_embedder(LibraryWriter.open(folder), WordEmbedder()) as writer:
            number = 0
            while not stop.is_set():
                pair = [article(f"{side}{number}", f"Boat {number}.") for side in ("a", "b")]
                add_articles(pair, writer)
                number += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(3):
            with open_library(folder) as library:
                backup(library, tmp_path / f"copy{number}")
            sources = state(tmp_path / f"copy{number}")[0]
            assert len(sources) % 2 == 1, "a batch of two was copied in half"
    finally:
        stop.set()
        thread.join()


def test_a_backup_that_cannot_be_written_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with open_library(folder) as library:
        with pytest.raises(LibraryError, match="exists already"):
            backup(library, tmp_path)
        with pytest.raises(LibraryError, match="cannot be written"):
            backup(library, tmp_path / "file" / "copy")
    assert {path.name for path in tmp_path.iterdir()} == {"file", "library"}


def test_a_damaged_backup_is_refused_and_changes_nothing(folder: Path, tmp_path: Path) -> None:
    before = state(folder)
    with open_library(folder) as library:
        backup(library, tmp_path / "copy")
    with sqlite3.connect(tmp_path / "copy" / "catalog.sqlite") as connection:
        connection.execute("UPDATE articles SET text = text || 'x'")
    with pytest.raises(LibraryError, match="not what their id and version say"):
        restore(tmp_path / "copy", folder)
    assert state(folder) == before


def test_restoring_wants_a_backup_that_is_another_folder(folder: Path, tmp_path: Path) -> None:
    before = state(folder)
    with pytest.raises(LibraryError, match=r"There is no backup in .*nothing"):
        restore(tmp_path / "nothing", folder)
    with pytest.raises(LibraryError, match="is the library itself"):
        restore(folder / ".." / folder.name, folder)
    assert state(folder) == before


def test_a_damaged_catalog_is_set_aside_when_restoring(folder: Path, tmp_path: Path) -> None:
    before = state(folder)
    with open_library(folder) as library:
        backup(library, tmp_path / "copy")
    (folder / "catalog.sqlite").write_bytes(b"garbage" * 1000)
    aside = restore(tmp_path / "copy", folder)
    assert aside is not None
    assert aside.read_bytes().startswith(b"garbage")
    assert state(folder) == before


def damage(file: Path, first_page: int, pages: int) -> None:
    """Overwrite pages of a database file."""
    data = bytearray(file.read_bytes())
    data[first_page * 4096 : (first_page + pages) * 4096] = b"\xa5" * (pages * 4096)
    file.write_bytes(data)


SIXTY = tuple(
    article(f"n{i}", f"Item {i} says that boat {i * 7} left port. {'A wave was high. ' * 30}")
    for i in range(60)
)


@pytest.fixture(scope="module")
def sixty(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """A library with real vectors, in one file; nobody may change it."""
    folder = make_library(tmp_path_factory.mktemp("sixty") / "library", SIXTY, embedder)
    with sqlite3.connect(folder / "catalog.sqlite") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


@pytest.mark.parametrize("where", [0.3, 0.6, 0.9])
def test_what_can_be_read_of_a_damaged_catalog_is_saved(
    sixty: Path, tmp_path: Path, where: float
) -> None:
    folder = shutil.copytree(sixty, tmp_path / "library")
    file = folder / "catalog.sqlite"
    damage(file, int(file.stat().st_size / 4096 * where), 2)
    with open_library(folder) as library:
        assert library.problems()
    saved = rescue(folder, tmp_path / "saved")
    with Library.open(tmp_path / "saved") as library:
        texts = {item.source: item.text for item in SIXTY}
        found = {entry.source: library.article(entry.id).text for entry in library.entries()}
        assert found.items() <= texts.items()
        assert len(found) == saved.whole + len(saved.embedded_again) >= 30
        assert library.problems() == []


def test_a_rescue_of_a_sound_library_saves_all_of_it(folder: Path, tmp_path: Path) -> None:
    before = state(folder)
    saved = rescue(folder, tmp_path / "saved")
    assert (saved.whole, saved.embedded_again, saved.lost) == (3, [], 0)
    assert state(tmp_path / "saved") == before


def test_where_nothing_can_be_read_rescue_says_so(folder: Path, tmp_path: Path) -> None:
    (folder / "catalog.sqlite").write_bytes(b"garbage" * 1000)
    with pytest.raises(LibraryError, match=r"Nothing of .* can be read.*groundwire restore"):
        rescue(folder, tmp_path / "saved")
    shutil.rmtree(folder)
    with pytest.raises(LibraryError, match=r"Nothing of .* can be read"):
        rescue(folder, tmp_path / "saved")
    assert not (tmp_path / "saved").exists()
