"""Libraries of older formats: one step for each format, all of them in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from ingest.catalog import CATALOG_FILE, Catalog
from ingest.errors import LibraryError
from ingest.library import LibraryWriter
from ingest.lock import WriteLock
from ingest.manifest import FORMAT, read_manifest, stored_manifest, write_manifest

STEPS: Mapping[int, Callable[[sqlite3.Connection], None]] = {}
"""What makes a catalog of a format one of the next. There has been one format: who changes what
`ingest/catalog.py` stores raises `FORMAT` and writes the step from the format before."""


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
