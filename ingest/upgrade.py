"""Libraries of older versions: brought to the newest format, and split as this version splits."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ingest.catalog import CATALOG_FILE, Catalog
from ingest.errors import LibraryError
from ingest.library import LibraryWriter
from ingest.lock import WriteLock
from ingest.manifest import FORMAT, read_manifest, stored_manifest, write_manifest
from ingest.pipeline import embedding_text, passages_of

STEPS: Mapping[int, Callable[[sqlite3.Connection], None]] = {}
"""What makes a catalog of a format one of the next, all in one transaction. There has been one
format: who changes `ingest/schema.py` raises `FORMAT` and writes the step from the one before."""


def upgrade(folder: Path, *, timeout_s: float = 0) -> bool:
    """Bring the library in `folder` to the newest format; False if it has it already.

    The catalog is changed wholly or not at all, and notes its format with the change: after a kill
    before the manifest says so too, the same call completes the work. Raises LibraryError for a
    newer format or one that no step leads from, and LibraryBusy as `LibraryWriter.open` does.
    """
    if stored_manifest(folder).format >= FORMAT:
        read_manifest(folder)
        return False
    lock = WriteLock(folder)
    lock.acquire(timeout_s)
    try:
        manifest = stored_manifest(folder)  # as another upgrade may have left it meanwhile
        _change(folder, manifest.format)
        write_manifest(folder, replace(manifest, format=FORMAT))
    finally:
        lock.release()
    LibraryWriter.open(folder, timeout_s=timeout_s).close()  # brings the index up to it
    return True


def _change(folder: Path, written: int) -> None:
    """Take the catalog through the steps that it lacks."""
    catalog = Catalog(folder / CATALOG_FILE, writable=True)
    try:
        with catalog.transaction() as connection:
            noted: int = connection.execute("PRAGMA user_version").fetchone()[0]
            for number in range(max(written, noted), FORMAT):
                if number not in STEPS:
                    raise LibraryError(
                        f"The library {str(folder)!r} has format {number}, which is not known.",
                        remedy="Restore it from a backup, or ingest the articles into a new one.",
                    )
                STEPS[number](connection)
            connection.execute(f"PRAGMA user_version = {FORMAT:d}")
    finally:
        catalog.close()


@dataclass(frozen=True, slots=True)
class Resplit:
    """How many articles have other passages or sentences now, and how many passages were embedded
    for that."""

    articles: int = 0
    embedded: int = 0


def split_anew(
    library: LibraryWriter, on_progress: Callable[[int, int], None] | None = None
) -> Resplit:
    """Split the articles as this version does, unless they are. A passage of the same words keeps
    its vector.

    Each article is changed wholly or not at all; after an interruption the same call completes the
    work. `on_progress` is called with the articles done and all articles.
    """
    done = Resplit()
    if library.is_split_as_now():
        return done
    entries = library.entries()
    for number, entry in enumerate(entries, 1):
        changed, embedded = _split_article(library, entry.id)
        done = Resplit(done.articles + changed, done.embedded + embedded)
        if on_progress:
            on_progress(number, len(entries))
    library.note_split()
    library.update_index()
    return done


def _split_article(library: LibraryWriter, article_id: str) -> tuple[bool, int]:
    """Whether the article's passages are others now, and how many of them were embedded."""
    article = library.article(article_id)
    before, vectors = library.split_of(article_id)
    passages = passages_of(article, library.embedder, library.manifest.passage_tokens)
    if passages == before:
        return False, 0
    known = {passage.span: row for passage, row in zip(before, vectors, strict=True)}
    new = [passage for passage in passages if passage.span not in known]
    if new:
        texts = [embedding_text(article, passage) for passage in new]
        rows = library.embedder.embed_passages(texts)
        known |= {passage.span: row for passage, row in zip(new, rows, strict=True)}
    library.split(article, passages, np.stack([known[passage.span] for passage in passages]))
    return True, len(new)
