"""Files and folders -> the files that articles are read from, and the reasons for the others."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.article import clean
from ingest.errors import UnreadableSource
from ingest.formats import READERS, reader_of

MAX_BYTES = 64 * 1024 * 1024
_LONGEST_NAME = 60
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://|https?:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes of a file or a page; `url` is the address that they were fetched from, `name` what
    whoever sent it calls it, where that is not its source."""

    data: bytes
    source: str
    suffix: str
    url: str | None = None
    name: str | None = None

    def named(self, error: UnreadableSource) -> UnreadableSource:
        """An error of reading it, by the name that its sender knows."""
        if self.name is None:
            return error
        source, name = repr(self.source)[1:-1], repr(self.name)[1:-1]
        return UnreadableSource(error.message.replace(source, name), remedy=error.remedy)


@dataclass(frozen=True, slots=True)
class Address:
    """A web address that is to be fetched."""

    url: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that a reader exists for; `source`, its absolute path, identifies its article."""

    path: Path
    source: str
    suffix: str
    size: int

    def read(self) -> Document:
        """What the file holds; raises UnreadableSource if it can no longer be read."""
        try:
            return Document(self.path.read_bytes(), self.source, self.suffix)
        except OSError as error:
            raise _unreadable(self.source, error) from error


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file in a folder that no reader exists for."""

    path: Path


Found = SourceFile | Address | Skipped | UnreadableSource


def find_files(places: Sequence[str | Path], *, max_bytes: int = MAX_BYTES) -> Iterator[Found]:
    """The files that `places`, files or folders, hold, and web addresses: each once, in order.

    Folders are walked in the order of their names, without hidden files and folders; links to
    folders are followed, none twice. A place or file that cannot be read is an UnreadableSource
    in its place, and the rest goes on; so is a folder without a single file to read.
    """
    seen: set[str] = set()
    for place in places:
        for found in _find(place, max_bytes):
            if isinstance(found, UnreadableSource):
                yield found
            elif (name := found.url if isinstance(found, Address) else str(found.path)) not in seen:
                seen.add(name)
                yield found


def _find(place: str | Path, max_bytes: int) -> Iterator[Found]:
    if _ADDRESS.match(str(place)):
        yield Address(str(place))
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
        return too_large(source, status.st_size, max_bytes)
    return SourceFile(path, source, path.suffix.lower(), status.st_size)


def _unreadable(source: str, error: OSError | ValueError) -> UnreadableSource:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return UnreadableSource(
        f"{source!r} cannot be read: {reason[:1].lower()}{reason[1:]}.",
        remedy="Check the name and the permissions.",
    )


def upload(name: str, data: bytes, *, max_bytes: int = MAX_BYTES) -> Document:
    """A file that was sent, checked by the kind that its name says and by its size.

    Its source is made of a number for its bytes and of what is harmless in its name, so that two
    files of one name are two sources; nothing is ever written under the name that was sent.
    Raises UnreadableSource.
    """
    base = re.split(r"[/\\]", clean(name))[-1]
    stem, dot, suffix = base.rpartition(".")
    shown = re.sub(r"[^\w.-]+", "-", stem or base).strip("-.")[:_LONGEST_NAME]
    suffix = f"{dot}{suffix.lower()}"
    source = f"upload:{hashlib.sha256(data).hexdigest()[:12]}/{shown}{suffix}"
    reader_of(base, suffix)
    if len(data) > max_bytes:
        raise too_large(base, len(data), max_bytes)
    return Document(data, source, suffix, name=base)


def too_large(name: str, size: int, max_bytes: int) -> UnreadableSource:
    """The error for a file or a page over the limit."""
    return UnreadableSource(
        f"{name!r} cannot be read: it has {size:,} bytes, over {max_bytes:,}.",
        remedy="Split it, or raise the limit.",
    )
