"""The library: one folder that holds the articles, their passages and what finds them.

Reading it never writes. Writing is for one process at a time, through `LibraryWriter`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from filelock import FileLock, Timeout

from ingest.article import Article, Passage
from ingest.catalog import ArticleEntry, Catalog, Ids, StoredPassage, Vectors
from ingest.embed import DEFAULT_MODEL, Embedder
from ingest.errors import LibraryBusy, LibraryError
from ingest.filter import Filter
from ingest.vectors import VectorIndex, open_index

_log = logging.getLogger(__name__)

FORMAT = 1
_MANIFEST = "library.json"
_SPARE_NEIGHBOURS = 16


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a library was made with: what every reader and writer of it must agree on."""

    format: int = FORMAT
    model: str = DEFAULT_MODEL
    passage_tokens: int = 160
    vectors: str | None = None
    """The address of a Chroma server, or None for the embedded index in the folder."""


class Library:
    """A library opened for asking. Threads may share it."""

    writable = False

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self._catalog = Catalog(folder / "catalog.sqlite", writable=self.writable)
        self._indexed_through = self._catalog.indexed_through() if not self.writable else 0
        self._article = lru_cache(maxsize=512)(self._read_article)

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Open an existing library. Raises LibraryError, with the remedy, if it cannot be used."""
        folder = Path(folder)
        return cls(folder, read_manifest(folder))

    def close(self) -> None:
        """Let go of the files."""
        self._catalog.close()
        self.__dict__.pop("_index", None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @cached_property
    def embedder(self) -> Embedder:
        """The model that the library's vectors come from."""
        return Embedder(self.manifest.model)

    def entries(self, where: Filter | None = None) -> list[ArticleEntry]:
        """The list of articles, newest first."""
        return self._catalog.entries(where)

    def article(self, article_id: str) -> Article:
        """The article with that id. Raises LibraryError if there is none."""
        article = self._catalog.article(article_id)
        if article is None:
            raise LibraryError(
                f"The library has no article {article_id!r}.",
                remedy="`groundwire articles list` shows the ids.",
            )
        return article

    def passages(self, ids: Sequence[int]) -> list[tuple[StoredPassage, Article]]:
        """The passages with those numbers, in that order, each with its article; what has been
        removed meanwhile is left out."""
        stored = self._catalog.passages(ids)
        found = ((stored[i], self._article(i)) for i in ids if i in stored)
        return [(passage, article) for passage, article in found if article is not None]

    def search_words(
        self, text: str, limit: int, where: Filter | None = None
    ) -> list[tuple[int, float]]:
        """The best passages by BM25: (number, score), best first."""
        return self._catalog.search_words(text, limit, where)

    def search_vectors(
        self, vector: Vectors, limit: int, where: Filter | None = None
    ) -> list[tuple[int, float]]:
        """The nearest passages: (number, cosine), nearest first.

        With a filter the passages that it lets through are scored exactly, so it applies before
        the cut. Without one Chroma finds the neighbours among the passages it held when this
        library was opened, and newer passages are scored exactly from the catalog; all of them
        are where Chroma cannot be used.
        """
        if where:
            ids, vectors = self._catalog.vectors(where=where)
            return _best(ids, _cosines(vectors, vector), limit)
        near, cosines, through = self._nearest_indexed(vector, limit)
        fresh, vectors = self._catalog.vectors(after=through)
        return _best(
            np.concatenate([near, fresh]),
            np.concatenate([cosines, _cosines(vectors, vector)]),
            limit,
        )

    def cosines(self, vector: Vectors, ids: Sequence[int]) -> dict[int, float]:
        """The cosines of those passages with a unit vector."""
        found, vectors = self._catalog.vectors_of(ids)
        return dict(zip(found.tolist(), _cosines(vectors, vector).tolist(), strict=True))

    def document_frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many passages each term occurs, after stemming."""
        return self._catalog.document_frequencies(terms)

    def count_passages(self) -> int:
        """How many passages the library has."""
        return self._catalog.count_passages()

    def count_articles(self) -> int:
        """How many articles the library has."""
        return self._catalog.count_articles()

    def problems(self) -> list[str]:
        """What is wrong with the library; empty when all is well."""
        found = self._catalog.problems()
        return found or [problem for problem in [self._index_problem()] if problem]

    def refresh(self) -> None:
        """Use the vector index as far as it is complete by now. What was written since the opening
        is found in any case; this only spares scoring it passage by passage."""
        newest = self._catalog.indexed_through()
        if newest != self._indexed_through:
            self._indexed_through = newest
            self.__dict__.pop("_uses_index", None)
            self.__dict__.pop("_index", None)

    @cached_property
    def _index(self) -> VectorIndex:
        place = self.manifest.vectors or self.folder / "chroma"
        return open_index(place, self._indexed_through)

    def _index_problem(self) -> str | None:
        """Why the vector index cannot be used: it cannot be read, or it lacks passages."""
        expected = self._catalog.count_passages(through=self._indexed_through)
        if not expected:
            return None
        try:
            indexed = self._index.count()
        except Exception as error:  # Chroma raises what its files or its network raise
            return f"the vector index cannot be read: {error}"
        if indexed >= expected:
            return None
        return f"the vector index holds {indexed} of {expected} passages"

    @cached_property
    def _uses_index(self) -> bool:
        if problem := self._index_problem():
            _log.warning("Every passage of %s is scored: %s", self.folder, problem)
        return not problem

    def _nearest_indexed(self, vector: Vectors, limit: int) -> tuple[Ids, Vectors, int]:
        """Neighbours from Chroma, and the passage number through which none is missing among them;
        0 where Chroma does not give as many as there are."""
        nothing = np.empty(0, np.int64), np.empty(0, np.float32), 0
        if not self._indexed_through or not self._uses_index:
            return nothing
        through = min(self._indexed_through, self._index.through)
        wanted = min(limit + _SPARE_NEIGHBOURS, self._catalog.count_passages())
        try:
            near, cosines = self._index.nearest(vector, wanted)
        except Exception as error:  # Chroma raises what its files or its network raise
            _log.warning("Every passage of %s is scored: %s", self.folder, error)
            return nothing
        alive = self._catalog.passages([int(i) for i in near])
        kept = np.array([int(i) in alive for i in near], dtype=bool)
        if kept.sum() < min(limit, self._catalog.count_passages()):
            return nothing
        kept &= near <= through
        return near[kept], cosines[kept], through

    def _read_article(self, passage: int) -> Article | None:
        """An article as it is while it has this passage: a new version has new numbers."""
        return self._catalog.article_of(passage)


class LibraryWriter(Library):
    """A library opened for changing it, by one process at a time."""

    writable = True

    def __init__(self, folder: Path, manifest: Manifest, lock: FileLock) -> None:
        super().__init__(folder, manifest)
        self._lock = lock

    @classmethod
    def open(
        cls, folder: str | Path, manifest: Manifest | None = None, *, timeout_s: float = 0
    ) -> Self:
        """Open a library for writing; make it first if there is none.

        Raises LibraryBusy if another process still writes after `timeout_s` seconds, and
        LibraryError if the library was made with something else than `manifest` asks for.
        """
        folder = Path(folder)
        _make_folder(folder)
        lock = FileLock(folder / "write.lock", timeout=timeout_s)
        try:
            lock.acquire()
        except OSError as error:
            if isinstance(error, Timeout):
                raise LibraryBusy(
                    f"Another process is writing to the library {str(folder)!r}.",
                    remedy="Wait until it has finished, then try again.",
                ) from error
            raise LibraryError(
                f"The library {str(folder)!r} cannot be written: {error.strerror}.",
                remedy="Check the permissions, or name another folder with --library.",
            ) from error
        try:
            writer = cls(folder, _agree(folder, manifest), lock)
        except BaseException:
            lock.release()
            raise
        try:
            writer._prepare()
        except BaseException:
            writer.close()
            raise
        return writer

    def _prepare(self) -> None:
        """Make what is missing; the manifest last, since with it the folder is a library."""
        self._catalog.create()
        if not (self.folder / _MANIFEST).exists():
            unfinished = self.folder / f"{_MANIFEST}.new"
            unfinished.write_text(json.dumps(asdict(self.manifest), indent=1))
            unfinished.replace(self.folder / _MANIFEST)
        self._indexed_through = self._catalog.indexed_through()
        problem = self._index_problem()
        if problem:
            _log.warning("The vector index of %s is made anew: %s", self.folder, problem)
            self.rebuild_index()
        else:
            self.update_index()

    def close(self) -> None:
        """Let go of the files and of the lock."""
        super().close()
        self._lock.release()

    def holds(self, article: Article) -> bool:
        """Whether the library has exactly this article: same text, same metadata."""
        return self._catalog.holds(article)

    def knows_file(self, path: str, digest: str) -> bool:
        """Whether the file with that content was ingested completely."""
        return self._catalog.knows_file(path, digest)

    def has(self, article_id: str) -> bool:
        """Whether the library has some version of the article."""
        return self._catalog.article(article_id) is not None

    def put(
        self,
        batch: Sequence[tuple[Article, Sequence[Passage], int]],
        vectors: Vectors,
        finished_files: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Store articles with their passages and token counts, all or none, each in place of what
        its source held.

        `vectors` are those of all passages, in order; `finished_files` are the paths and digests
        of files that need not be read again while they are unchanged.
        """
        start = 0
        with self._catalog.transaction():
            for article, passages, tokens in batch:
                rows = vectors[start : start + len(passages)]
                self._catalog.put(article, passages, rows, tokens=tokens)
                start += len(passages)
            for path, digest in finished_files:
                self._catalog.remember_file(path, digest)
        self.update_index()

    def remove(self, article_id: str) -> None:
        """Delete an article and everything of it. Raises LibraryError if there is none."""
        article = self.article(article_id)
        with self._catalog.transaction():
            self._catalog.remove(article_id)
            self._catalog.forget_file(article.source)
        self.update_index()

    def update_index(self) -> None:
        """Bring the vector index up to the catalog, whatever was left undone before."""
        removed = self._catalog.removed_passages()
        if removed:
            self._index.remove(removed)
        ids, vectors = self._catalog.vectors(after=self._indexed_through)
        if len(ids):
            self._index.add(ids, vectors)
            if self._index.through == self._indexed_through:
                self._index.through = int(ids[-1])
            self._indexed_through = int(ids[-1])
        if removed or len(ids):
            self._catalog.mark_indexed(self._indexed_through, removed)

    def rebuild_index(self) -> None:
        """Make the vector index anew from the catalog, embedding nothing again."""
        self._catalog.mark_indexed(0, [])
        self._index.clear()
        self._indexed_through = 0
        self.update_index()


def read_manifest(folder: Path) -> Manifest:
    """What the library in `folder` was made with. Raises LibraryError if there is none."""
    try:
        manifest = Manifest(**json.loads((folder / _MANIFEST).read_text()))
    except FileNotFoundError as error:
        raise LibraryError(
            f"There is no library in {str(folder)!r}.",
            remedy="Make one with `groundwire ingest SOURCE --library FOLDER`.",
        ) from error
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise LibraryError(
            f"The library's {_MANIFEST} in {str(folder)!r} cannot be read: {error}.",
            remedy="Restore it from a backup, or ingest the articles into a new library.",
        ) from error
    if manifest.format != FORMAT:
        raise LibraryError(
            f"The library {str(folder)!r} has format {manifest.format},"
            f" and this version uses {FORMAT}.",
            remedy="Ingest the articles into a new library.",
        )
    return manifest


def _agree(folder: Path, wanted: Manifest | None) -> Manifest:
    """The library's manifest, or what it will be; it must match what is wanted."""
    if not (folder / _MANIFEST).exists():
        return wanted or Manifest()
    manifest = read_manifest(folder)
    if wanted is not None and manifest.model != wanted.model:
        raise LibraryError(
            f"The library was made with the model {manifest.model!r}, not {wanted.model!r}.",
            remedy="Use that model, or ingest the articles into a new library.",
        )
    if wanted is not None and manifest.passage_tokens != wanted.passage_tokens:
        raise LibraryError(
            f"The library was made with passages of {manifest.passage_tokens} tokens,"
            f" not {wanted.passage_tokens}.",
            remedy="Use that size, or ingest the articles into a new library.",
        )
    return manifest


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LibraryError(
            f"The library's folder {str(folder)!r} cannot be made: {error.strerror}.",
            remedy="Name a folder that can be written, with --library.",
        ) from error


def _cosines(vectors: Vectors, vector: Vectors) -> Vectors:
    return vectors @ vector if len(vectors) else np.empty(0, np.float32)


def _best(ids: Ids, scores: Vectors, limit: int) -> list[tuple[int, float]]:
    order = np.argsort(-scores, kind="stable")[:limit]
    return [(int(ids[i]), float(scores[i])) for i in order]
