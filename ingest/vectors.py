"""The vector index: Chroma, over vectors that the catalog keeps as well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.catalog import Ids, Vectors

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

_COLLECTION = "passages"
_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}


class VectorIndex:
    """Passage numbers and unit vectors in a Chroma collection; opened at the first use.

    `location` is a folder (embedded Chroma) or the address of a Chroma server, "host:port".
    """

    def __init__(self, location: Path | str) -> None:
        self._location = location

    @cached_property
    def _client(self) -> Any:
        import chromadb
        from chromadb.config import Settings

        quiet = Settings(anonymized_telemetry=False)
        if isinstance(self._location, Path):
            return chromadb.PersistentClient(path=str(self._location), settings=quiet)
        host, _, port = self._location.partition(":")
        return chromadb.HttpClient(host=host, port=int(port or 8000), settings=quiet)

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
        """Delete everything."""
        self._client.delete_collection(_COLLECTION)
        self.__dict__.pop("_collection", None)


def _batches(length: int, size: int) -> Iterator[slice]:
    for start in range(0, length, size):
        yield slice(start, start + size)
