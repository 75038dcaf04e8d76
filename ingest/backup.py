"""Copies of a library, and what can be saved of one whose catalog is damaged.

A backup is a library without its vector index, which is made anew from the catalog.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ingest.article import Article, Passage, Span
from ingest.catalog import CATALOG_FILE, Vectors
from ingest.errors import GroundwireError, LibraryError
from ingest.library import INDEX_FOLDER, Library, LibraryWriter, make_folder
from ingest.lock import WriteLock
from ingest.manifest import Manifest, is_library, read_manifest, write_manifest
from ingest.pipeline import add_articles
from ingest.tokens import count_tokens
from ingest.vectors import open_index

_SIDE_FILES = ("", "-wal", "-shm")
_MOST_GAP = 1_000_000
_ARTICLE = (
    "SELECT source, text, title, author, outlet, published, url, language, version, id"
    " FROM articles NOT INDEXED WHERE rowid = ?"
)
_PASSAGES = "SELECT start, end, sentences, vector FROM passages WHERE article = ? ORDER BY id"


def backup(library: Library, target: Path) -> None:
    """Write a copy of a library, as it is at one moment, to a folder that is not there yet. Others
    may write to the library meanwhile.

    The copy appears whole or not at all. Raises LibraryError if it cannot be written.
    """
    if target.exists():
        raise LibraryError(f"{str(target)!r} exists already.", remedy="Name another folder.")
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        with closing(sqlite3.connect(unfinished / CATALOG_FILE)) as copy:
            library.copy_to(copy)
            copy.execute("DELETE FROM marks WHERE name <> 'splitting'")
            copy.commit()
        write_manifest(unfinished, library.manifest)
        _check(unfinished)
        unfinished.rename(target)
    except (OSError, sqlite3.DatabaseError) as error:
        raise LibraryError(
            f"The backup {str(target)!r} cannot be written: {error}.",
            remedy="Check the permissions and the disk's room.",
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def restore(source: Path, folder: Path, *, timeout_s: float = 0) -> Path | None:
    """Put a backup in the place of the library in `folder`, or make one there.

    Readers see the former articles until the moment they see the new ones. A catalog that is too
    damaged to be written is set aside; the return value says where. Raises LibraryError if
    `source` is no sound library, or is the library itself.
    """
    if not is_library(source):
        raise LibraryError(
            f"There is no backup in {str(source)!r}.",
            remedy="Name the folder that `groundwire backup` wrote.",
        )
    if source.resolve() == folder.resolve():
        raise LibraryError(
            f"{str(source)!r} is the library itself.", remedy="Name another folder with a backup."
        )
    manifest = read_manifest(source)
    _check(source)
    make_folder(folder)
    lock = WriteLock(folder)
    lock.acquire(timeout_s)
    try:
        open_index(manifest.vectors or folder / INDEX_FOLDER, 0).clear()
        aside = _copy_over(source / CATALOG_FILE, folder / CATALOG_FILE)
        write_manifest(folder, manifest)
    finally:
        lock.release()
    LibraryWriter.open(folder, timeout_s=timeout_s).close()  # makes the index
    return aside


def _check(folder: Path) -> None:
    with Library.open(folder) as copy:
        if found := copy.problems():
            raise LibraryError(
                f"The copy {str(folder)!r} is damaged: {'; '.join(found)}.",
                remedy="Use another one.",
            )


def _copy_over(source: Path, target: Path) -> Path | None:
    """Copy a catalog over another in one transaction; where that one is, if it was set aside."""
    uri = f"{source.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as reading:
        try:
            _overwrite(reading, target)
            return None
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise LibraryError(
                    f"{str(target)!r} cannot be written: {error}.",
                    remedy="Check the permissions and the disk's room.",
                ) from error
        aside = _set_aside(target)
        _overwrite(reading, target)
        return aside


def _overwrite(reading: sqlite3.Connection, target: Path) -> None:
    """Numbers of passages go on where they were in either, so that none is used twice."""
    with closing(sqlite3.connect(target, timeout=30, isolation_level=None)) as writing:
        writing.execute("PRAGMA journal_mode = WAL")
        try:
            highest = writing.execute("SELECT max(seq) FROM sqlite_sequence").fetchone()[0] or 0
        except sqlite3.OperationalError:  # a catalog that is new
            highest = 0
        reading.backup(writing)
        writing.execute(
            "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'passages'", (highest,)
        )


def _set_aside(catalog: Path) -> Path:
    """Rename a catalog with all that belongs to it, to the first name that is free."""
    number = 1
    while (aside := catalog.with_name(f"{CATALOG_FILE}.damaged-{number}")).exists():
        number += 1
    for ending in _SIDE_FILES:
        file = catalog.with_name(catalog.name + ending)
        if file.exists():
            file.rename(aside.with_name(aside.name + ending))
    return aside


@dataclass(slots=True)
class Rescue:
    """What was saved of a damaged library: articles with all their passages, articles whose
    passages had to be made anew, and how many could be seen to be lost."""

    whole: int = 0
    embedded_again: list[str] = field(default_factory=list)
    lost: int = 0


def rescue(damaged: Path, target: Path) -> Rescue:
    """Save into a new library what can still be read of one with a damaged catalog.

    Only articles whose text is what their version says are saved. Raises LibraryError if nothing
    can be read at all, or if the new folder is there already.
    """
    if target.exists():
        raise LibraryError(f"{str(target)!r} exists already.", remedy="Name another folder.")
    saved = Rescue()
    file = damaged / CATALOG_FILE
    uri = f"{file.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=30)) as reading:
            numbers = _numbers(reading)
            with LibraryWriter.open(target, _manifest_of(damaged)) as library:
                library.note_split(1)  # passages are saved as they are
                _save(reading, numbers, library, saved)
    except sqlite3.DatabaseError as error:
        raise LibraryError(
            f"Nothing of {str(file)!r} can be read: {error}.",
            remedy="Restore a backup with `groundwire restore`, or ingest the articles again.",
        ) from error
    return saved


def _manifest_of(damaged: Path) -> Manifest:
    try:
        return replace(read_manifest(damaged), vectors=None)
    except LibraryError:
        return Manifest()


def _numbers(reading: sqlite3.Connection) -> list[int]:
    """The row numbers of articles: from both ends as far as they can be read, and every number
    between. Raises sqlite3.DatabaseError if there is no end to begin at."""
    up = [*_readable(reading, "ASC")]
    down = [*_readable(reading, "DESC")]
    if not up and not down:
        reading.execute("SELECT rowid FROM articles NOT INDEXED LIMIT 1").fetchone()
        return []
    first = up[-1] if up else 0
    last = down[-1] if down else first + _MOST_GAP
    return sorted({*up, *down, *range(first, min(last, first + _MOST_GAP))} - {0})


def _readable(reading: sqlite3.Connection, order: str) -> Iterator[int]:
    try:
        for (number,) in reading.execute(
            f"SELECT rowid FROM articles NOT INDEXED ORDER BY rowid {order}"
        ):
            yield number
    except sqlite3.DatabaseError:
        return


def _save(
    reading: sqlite3.Connection, numbers: Sequence[int], library: LibraryWriter, saved: Rescue
) -> None:
    for number in numbers:
        try:
            row = reading.execute(_ARTICLE, (number,)).fetchone()
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            saved.lost += 1
            continue
        if row is None:
            continue
        article = _article(row)
        if article is None:
            saved.lost += 1
        elif parts := _passages(reading, article):
            passages, vectors = parts
            library.put([(article, passages, count_tokens(article.text))], vectors)
            saved.whole += 1
        else:
            add_articles([article], library)
            saved.embedded_again.append(article.source)
    library.finish()


def _article(row: Sequence[str]) -> Article | None:
    """The article of a row, if it is still what its id and version say."""
    *values, version, identifier = row
    try:
        article = Article(*values)
    except (GroundwireError, TypeError, AttributeError):
        return None
    return article if (article.version, article.id) == (version, identifier) else None


def _passages(
    reading: sqlite3.Connection, article: Article
) -> tuple[list[Passage], Vectors] | None:
    """The passages with their vectors; None if any is damaged, or if they leave words out."""
    try:
        rows = reading.execute(_PASSAGES, (article.id,)).fetchall()
        passages = [_passage(*row[:3]) for row in rows]
        vectors = np.stack([np.frombuffer(row[3], dtype=np.float32) for row in rows])
    except (sqlite3.DatabaseError, ValueError, TypeError):
        return None
    covered = [False] * len(article.text)
    for passage in passages:
        covered[passage.span.start : passage.span.end] = [True] * len(passage.span.of(article.text))
    missed = (c for c, is_covered in zip(article.text, covered, strict=True) if not is_covered)
    unit = np.abs(np.linalg.norm(vectors, axis=1) - 1) < 1e-3
    return None if any(map(str.isalnum, missed)) or not unit.all() else (passages, vectors)


def _passage(start: int, end: int, sentences: str) -> Passage:
    spans = tuple(Span(first, last) for first, last in json.loads(sentences))
    return Passage(Span(start, end), spans)
