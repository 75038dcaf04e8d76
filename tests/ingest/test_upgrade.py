"""Upgrades: a library of an older format becomes one of the newest, wholly or not at all."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ingest import upgrade as upgrading
from ingest.errors import LibraryBusy, LibraryError
from ingest.library import Library, LibraryWriter
from ingest.manifest import FORMAT, Manifest, read_manifest, write_manifest
from ingest.upgrade import upgrade
from tests.conftest import ARTICLES, make_library, open_library

OLDER = FORMAT - 1


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A library of a made-up older format, which knew no languages."""
    folder = make_library(tmp_path / "library", ARTICLES)
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as catalog:
        catalog.execute("ALTER TABLE articles DROP COLUMN language")
    write_manifest(folder, replace(Manifest(), format=OLDER))
    return folder


@pytest.fixture(autouse=True)
def _step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrading, "STEPS", {OLDER: add_languages})


def add_languages(catalog: sqlite3.Connection) -> None:
    catalog.execute("ALTER TABLE articles ADD COLUMN language TEXT")
    catalog.execute("UPDATE articles SET language = 'en'")


def columns(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as catalog:
        return {row[1] for row in catalog.execute("PRAGMA table_info(articles)")}


def test_opening_an_older_library_says_what_to_run(older: Path) -> None:
    for opener in (Library, LibraryWriter):
        with pytest.raises(LibraryError, match=f"older format {OLDER}.*groundwire upgrade --libr"):
            opener.open(older)


def test_an_upgraded_library_holds_what_it_held_and_is_sound(older: Path) -> None:
    assert upgrade(older)
    assert read_manifest(older) == Manifest()
    with open_library(older) as library:
        assert library.problems() == []
        held = [library.article(entry.id) for entry in library.entries()]
        assert {(a.source, a.text, a.language) for a in held} == {
            (a.source, a.text, "en") for a in ARTICLES
        }
    assert not upgrade(older)


def test_a_step_that_fails_changes_nothing(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(catalog: sqlite3.Connection) -> None:
        add_languages(catalog)
        catalog.execute("SELECT none FROM such")

    monkeypatch.setattr(upgrading, "STEPS", {OLDER: fail})
    with pytest.raises(LibraryError, match="no such table"):
        upgrade(older)
    assert "language" not in columns(older)
    monkeypatch.setattr(upgrading, "STEPS", {OLDER: add_languages})
    assert upgrade(older)


def test_an_upgrade_killed_before_the_manifest_is_completed_by_the_next(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(upgrading, "write_manifest", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            upgrade(older)
    assert "language" in columns(older)
    assert upgrade(older)
    with open_library(older) as library:
        assert library.problems() == []


def test_a_format_that_no_step_leads_from_is_an_error(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upgrading, "STEPS", {})
    with pytest.raises(LibraryError, match=f"format {OLDER}, which is not known.*backup"):
        upgrade(older)
    assert "language" not in columns(older)


def test_a_newer_format_is_refused(older: Path) -> None:
    write_manifest(older, replace(Manifest(), format=FORMAT + 1))
    with pytest.raises(LibraryError, match=f"has format {FORMAT + 1}.*Install the version"):
        upgrade(older)


def test_no_library_is_upgraded_while_another_process_writes(tmp_path: Path) -> None:
    with LibraryWriter.open(tmp_path):
        manifest = json.loads((tmp_path / "library.json").read_text())
        (tmp_path / "library.json").write_text(json.dumps({**manifest, "format": OLDER}))
        with pytest.raises(LibraryBusy):
            upgrade(tmp_path)
