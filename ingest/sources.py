"""Files and folders -> the files that articles are read from, and the reasons for the others."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import UnreadableSource
from ingest.formats import READERS, reader_of

MAX_BYTES = 64 * 1024 * 1024
_ADDRESS = re.compile(r"https?:/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that a reader exists for; `source`, its absolute path, identifies its article."""

    path: Path
    source: str
    suffix: str
    size: int

    def read(self) -> bytes:
        """The bytes of the file; raises UnreadableSource if it can no longer be read."""
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise _unreadable(self.source, error) from error


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file in a folder that no reader exists for."""

    path: Path


Found = SourceFile | Skipped | UnreadableSource


def find_files(places: Sequence[str | Path], *, max_bytes: int = MAX_BYTES) -> Iterator[Found]:
    """The files that `places`, files or folders, hold: each once, in order.

    Folders are walked in the order of their names, without hidden files and folders; links to
    folders are followed, none twice. A place or file that cannot be read is an UnreadableSource
    in its place, and the rest goes on; so is a folder without a single file to read.
    """
    seen: set[str] = set()
    for place in places:
        for found in _find(place, max_bytes):
            if isinstance(found, UnreadableSource):
                yield found
            elif (name := str(found.path)) not in seen:
                seen.add(name)
                yield found


def _find(place: str | Path, max_bytes: int) -> Iterator[Found]:
    if _ADDRESS.match(str(place)):
        yield UnreadableSource(
            f"{str(place)!r} cannot be read: web addresses are not supported yet.",
            remedy="Save the page as .html and name that file.",
        )
        return
    try:
        if not str(place):
            raise FileNotFoundError(2, "no file is named")
        path = Path(os.path.normpath(Path(place).absolute()))
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError) as error:
        yield _unreadable(str(place), error)
        return
    if is_folder:
        yield from _find_in(path, max_bytes)
    else:
        yield _file(path, max_bytes)


def _find_in(folder: Path, max_bytes: int) -> Iterator[Found]:
    readable, skipped = 0, 0
    for found in _walk(folder, max_bytes):
        readable += not isinstance(found, Skipped)
        skipped += isinstance(found, Skipped)
        yield found
    if not readable:
        others = f" ({skipped} of other formats)" if skipped else ""
        yield UnreadableSource(
            f"{str(folder)!r} holds no file to read{others}.",
            remedy=f"Name a folder with files in {', '.join(READERS)}.",
        )


def _walk(folder: Path, max_bytes: int) -> Iterator[Found]:
    """What is in `folder` and below it."""
    visited: set[tuple[int, int]] = set()
    pending = [folder]
    while pending:
        path = pending.pop()
        if _is_folder(path):
            try:
                pending.extend(reversed(_children(path, visited)))
            except OSError as error:
                yield _unreadable(str(path), error)
        elif path.suffix.lower() in READERS:
            yield _file(path, max_bytes)
        else:
            yield Skipped(path)


def _children(folder: Path, visited: set[tuple[int, int]]) -> list[Path]:
    """What a folder holds, sorted; nothing the second time, whatever link led there."""
    status = folder.stat()
    identity = (status.st_dev, status.st_ino)
    if identity in visited:
        return []
    visited.add(identity)
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _file(path: Path, max_bytes: int) -> SourceFile | UnreadableSource:
    """The file at an absolute path, if it is one that can be opened and is not too large."""
    source = str(path)
    try:
        source.encode()
        reader_of(source, path.suffix)
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "it is not a regular file")
        path.open("rb").close()
    except UnreadableSource as error:
        return error
    except UnicodeEncodeError:
        return UnreadableSource(
            f"{source!r} cannot be read: its name is not Unicode.", remedy="Rename it."
        )
    except OSError as error:
        return _unreadable(source, error)
    if status.st_size > max_bytes:
        return UnreadableSource(
            f"{source!r} cannot be read: it has {status.st_size:,} bytes, over {max_bytes:,}.",
            remedy="Split it, or raise the limit.",
        )
    return SourceFile(path, source, path.suffix.lower(), status.st_size)


def _unreadable(source: str, error: OSError | ValueError) -> UnreadableSource:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return UnreadableSource(
        f"{source!r} cannot be read: {reason[:1].lower()}{reason[1:]}.",
        remedy="Check the name and the permissions.",
    )
