"""Exact vector search over the catalog, for what no index holds."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np

from ingest.catalog import Catalog, Ids, Vectors

_MOST_KEPT_BYTES = 256 * 1024**2
Scored = tuple[Ids, Vectors]
"""Numbers of passages and their cosines."""


class ExactSearch:
    """Scores every passage above a number. What it has read of the catalog it keeps, as far as
    that has room, and reads only what is new at the next question; threads may share it."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._kept: list[tuple[Ids, Vectors]] = []
        self._after = self._last = 0

    def nearest(self, vector: Vectors, limit: int, *, after: int = 0) -> Scored:
        """The passages numbered above `after` that are nearest to a unit vector: at most `limit`
        numbers and their cosines, nearest first. *Shapes: (n,), (n,)*"""
        if not limit:
            return nothing()
        while True:
            ids, cosines = self._scored(vector, limit, after)
            alive = self._catalog.existing(ids.tolist())
            kept = np.array([int(i) in alive for i in ids], dtype=bool)
            if kept.all():
                return ids, cosines
            with self._lock:  # something was removed: what is kept is read anew
                self._forget(after)

    def forget(self) -> None:
        """Let go of what was kept."""
        with self._lock:
            self._forget(0)

    def _scored(self, vector: Vectors, limit: int, after: int) -> Scored:
        best = nothing()
        for ids, vectors in self._blocks(after):
            best = nearest_of(
                np.concatenate([best[0], ids]),
                np.concatenate([best[1], vectors @ vector]),
                limit,
            )
        return best

    def _blocks(self, after: int) -> Iterator[tuple[Ids, Vectors]]:
        """Every passage above `after`: first what is kept, then what is new."""
        with self._lock:
            if self._after != after:
                self._forget(after)
            kept, last, has_room = [*self._kept], self._last, self._has_room()
        yield from kept
        for ids, vectors in self._catalog.vector_blocks(after=last):
            if has_room:
                has_room = self._keep(ids, vectors, after, last)
                last = int(ids[-1])
            yield ids, vectors

    def _keep(self, ids: Ids, vectors: Vectors, after: int, last: int) -> bool:
        """Keep a block if it follows what is kept; whether there is room for another."""
        with self._lock:
            if (self._after, self._last) != (after, last):
                return False  # another thread was quicker
            self._kept.append((ids, vectors))
            self._last = int(ids[-1])
            return self._has_room()

    def _has_room(self) -> bool:
        return sum(vectors.nbytes for _, vectors in self._kept) < _MOST_KEPT_BYTES

    def _forget(self, after: int) -> None:
        self._kept = []
        self._after = self._last = after


def nothing() -> Scored:
    """No numbers and no scores."""
    return np.empty(0, np.int64), np.empty(0, np.float32)


def nearest_of(ids: Ids, scores: Vectors, limit: int) -> Scored:
    """The `limit` highest scores with their numbers, highest first; the first of equals first."""
    if len(scores) > 4 * limit:
        lowest = np.partition(scores, len(scores) - limit)[len(scores) - limit]
        kept = scores >= lowest
        ids, scores = ids[kept], scores[kept]
    order = np.argsort(-scores, kind="stable")[:limit]
    return ids[order], scores[order]
