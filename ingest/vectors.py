"""The vector index: Chroma, over vectors that the catalog keeps as well."""

from __future__ import annotations

import os
import shutil
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary, finalize

import numpy as np

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

from ingest.catalog import Ids, Vectors
from ingest.errors import LibraryError

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

_COLLECTION = "passages"
_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 1600, "max_neighbors": 32}
_DATABASE = "chroma.sqlite3"
_GRAPH_IS_USED = "index_metadata.pickle"
_PAGE = 10_000
_CHUNK = 1 << 20


class VectorIndex:
    """Passage numbers and unit vectors in a Chroma collection; opened at the first use.

    `location` is a folder (embedded Chroma) or the address of a Chroma server, "host:port". Only
    adding makes one that is not there. `through` is the passage number up to which it sees what
    was written: embedded Chroma does not see what another process writes later.
    """

    def __init__(self, location: Path | str, through: int) -> None:
        self._location = location
        self.through = through

    @cached_property
    def _client(self) -> Any:
        import chromadb
        from chromadb.config import Settings

        client: Any
        quiet = Settings(anonymized_telemetry=False)
        if isinstance(self._location, Path):
            with _panics_explained():
                client = chromadb.PersistentClient(path=str(self._location), settings=quiet)
        else:
            host, _, port = self._location.partition(":")
            try:
                client = chromadb.HttpClient(host=host, port=int(port or 8000), settings=quiet)
            except Exception as error:  # Chroma raises what its network raises
                raise LibraryError(
                    f"The Chroma server {self._location!r} cannot be used: {error}",
                    remedy="Start it, or correct its address in library.json.",
                ) from error
        finalize(self, client.close).atexit = False
        return client

    @cached_property
    def _collection(self) -> Collection:
        collection: Collection = self._client.get_or_create_collection(
            _COLLECTION, embedding_function=None, configuration={"hnsw": _HNSW}
        )
        return collection

    def check_files(self, seal: int | None) -> None:
        """Raise LibraryError if the files are not those of that seal. To be called before the
        first use: Chroma ends the process, or finds the wrong neighbours, with damaged ones."""
        if not isinstance(self._location, Path) or not (self._location / _DATABASE).is_file():
            return
        if seal is not None and seal != self.seal():
            raise LibraryError("its files are not those that were written")
        try:
            found = _quick_check(self._location / _DATABASE)
        except sqlite3.DatabaseError as error:
            raise LibraryError(f"{_DATABASE}: {error}") from error
        if found != "ok":
            raise LibraryError(f"{_DATABASE}: {found}")

    def seal(self) -> int:
        """A checksum of the graph's files; 0 while all vectors wait in Chroma's database, and for
        a server."""
        if not isinstance(self._location, Path):
            return 0
        files = sorted(self._location.glob("*/*"))
        if not any(file.name == _GRAPH_IS_USED for file in files):
            return 0
        checksum = 0
        for file in files:
            checksum = zlib.crc32(file.name.encode(), checksum)
            with file.open("rb") as stream:
                while chunk := stream.read(_CHUNK):
                    checksum = zlib.crc32(chunk, checksum)
        return checksum

    @contextmanager
    def writing(self) -> Iterator[None]:
        """While nobody loads the files, for a writer to change them."""
        with _folder_lock(self._location, exclusive=True):
            yield

    @contextmanager
    def loading(self) -> Iterator[bool]:
        """While nobody changes the files, for a reader to load them; False if somebody does."""
        with _folder_lock(self._location, exclusive=False) as granted:
            yield granted

    def numbers(self) -> set[int]:
        """The numbers of all vectors."""
        found: set[int] = set()
        while ids := self._collection.get(include=[], limit=_PAGE, offset=len(found))["ids"]:
            found.update(map(int, ids))
        return found

    def nearest(self, vector: Vectors, limit: int) -> tuple[Ids, Vectors]:
        """The passages nearest to a unit vector: numbers and cosines, nearest first.
        *Shapes: (n,), (n,)*"""
        if not limit:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        with _panics_explained():
            found = self._collection.query(
                query_embeddings=vector, n_results=limit, include=["distances"]
            )
        ids = np.array([int(i) for i in found["ids"][0]], dtype=np.int64)
        distances = (found["distances"] or [[]])[0]
        return ids, 1 - np.array(distances, dtype=np.float32)

    def count(self) -> int:
        """How many vectors the index holds."""
        if isinstance(self._location, Path) and not (self._location / _DATABASE).is_file():
            return 0
        with _panics_explained():
            return self._collection.count()

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add vectors, or set them anew."""
        for part in _batches(len(ids), self._client.get_max_batch_size()):
            with _panics_explained():
                self._collection.upsert(ids=[str(i) for i in ids[part]], embeddings=vectors[part])

    def remove(self, ids: Sequence[int]) -> None:
        """Delete vectors; those that are not there are passed over."""
        for part in _batches(len(ids), self._client.get_max_batch_size()):
            with _panics_explained():
                self._collection.delete(ids=[str(i) for i in ids[part]])

    def clear(self) -> None:
        """Delete everything. Embedded Chroma's files are not opened for that: damaged ones can end
        the process."""
        if not isinstance(self._location, Path):
            self._client.get_or_create_collection(_COLLECTION, embedding_function=None)
            self._client.delete_collection(_COLLECTION)
        else:
            if client := self.__dict__.pop("_client", None):
                client.close()
            if self._location.is_dir():
                shutil.rmtree(self._location)
            self._location.unlink(missing_ok=True)
        self.__dict__.pop("_collection", None)
        self.through = 0


def _quick_check(file: Path, *, mode: str = "ro") -> str:
    """What SQLite finds in a database: "ok", or what is wrong with it.

    Chroma writes as it opens; where a process was killed at that, what it had begun is undone
    first, as Chroma's next opening would do.
    """
    uri = f"{file.absolute().as_uri()}?mode={mode}"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=30)) as database:
            return str(database.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.OperationalError as error:
        if mode == "ro" and error.sqlite_errorcode == sqlite3.SQLITE_READONLY_ROLLBACK:
            return _quick_check(file, mode="rw")
        raise


@contextmanager
def _folder_lock(location: Path | str, *, exclusive: bool) -> Iterator[bool]:
    """The system's lock on a library's folder, which needs no right to write there: waited for if
    it is exclusive, else False if it is taken. Granted where the system has none, and for a
    server."""
    if fcntl is None or not isinstance(location, Path):
        yield True
        return
    folder = os.open(location.parent, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(folder)


@contextmanager
def _panics_explained() -> Iterator[None]:
    """A panic of Chroma's Rust code, which is no Exception, as an error like its others."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise LibraryError(f"Chroma gave up: {error}") from error


_opened: WeakValueDictionary[str, VectorIndex] = WeakValueDictionary()
_opening = Lock()


def open_index(location: Path | str, through: int) -> VectorIndex:
    """The index at `location`, which now holds the passages up to the number `through`.

    While something in this process holds it, it is the same object, with the `through` of its
    first opening: embedded Chroma reads its files once a process.
    """
    key = str(location.absolute()) if isinstance(location, Path) else location
    with _opening:
        index = _opened.get(key)
        if index is None:
            index = _opened[key] = VectorIndex(location, through)
        return index


def _batches(length: int, size: int) -> Iterator[slice]:
    for start in range(0, length, size):
        yield slice(start, start + size)
