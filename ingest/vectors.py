"""The vector index: Chroma, over vectors that the catalog keeps as well."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary, finalize

import numpy as np

from ingest.catalog import Ids, Vectors
from ingest.errors import LibraryError

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

_COLLECTION = "passages"
_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}


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

    def nearest(self, vector: Vectors, limit: int) -> tuple[Ids, Vectors]:
        """The passages nearest to a unit vector: numbers and cosines, nearest first.
        *Shapes: (n,), (n,)*"""
        if not limit:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        found = self._collection.query(
            query_embeddings=vector, n_results=limit, include=["distances"]
        )
        ids = np.array([int(i) for i in found["ids"][0]], dtype=np.int64)
        distances = (found["distances"] or [[]])[0]
        return ids, 1 - np.array(distances, dtype=np.float32)

    def count(self) -> int:
        """How many vectors the index holds."""
        if isinstance(self._location, Path) and not (self._location / "chroma.sqlite3").is_file():
            return 0
        return self._collection.count()

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add vectors, or set them anew."""
        for part in _batches(len(ids), self._client.get_max_batch_size()):
            self._collection.upsert(
                ids=[str(i) for i in ids[part]],
                embeddings=vectors[part],
            )

    def remove(self, ids: Sequence[int]) -> None:
        """Delete vectors; those that are not there are passed over."""
        for part in _batches(len(ids), self._client.get_max_batch_size()):
            self._collection.delete(ids=[str(i) for i in ids[part]])

    def clear(self) -> None:
        """Delete everything, also what can no longer be read."""
        if isinstance(self._location, Path) and self._location.is_file():
            self._location.unlink()
        try:
            self._collection.count()
            self._client.delete_collection(_COLLECTION)
        except Exception:  # Chroma raises what its files or its network raise
            if not isinstance(self._location, Path):
                raise
            if "_client" in self.__dict__:
                self._client.close()
            self.__dict__.pop("_client", None)
            shutil.rmtree(self._location, ignore_errors=True)
        self.__dict__.pop("_collection", None)
        self.through = 0


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
