"""The library: one folder that holds the articles, their passages and what finds them.

Reading it never writes. Writing is for one process at a time, through `LibraryWriter`.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

import numpy as np

from ingest.article import Article, Passage
from ingest.catalog import CATALOG_FILE, UNSEALED, ArticleEntry, Catalog, StoredPassage, Vectors
from ingest.embed import Embedder
from ingest.errors import LibraryError, UnknownArticle
from ingest.exact import ExactSearch, Scored, nearest_of, nothing
from ingest.filter import Filter
from ingest.lock import WriteLock
from ingest.manifest import Manifest, is_library, read_manifest, write_manifest
from ingest.split import SPLITTING
from ingest.vectors import VectorIndex, open_index

_log = logging.getLogger(__name__)

INDEX_FOLDER = "chroma"
_SPARE_NEIGHBOURS = 16
_EXACT_UP_TO = 20_000
"""With fewer passages scoring all of them is as quick as asking the index, and importing Chroma
takes longer than both."""
_INDEX_EVERY = 2_048
"""How many passages may wait for the index during a long ingest; readers score them exactly."""


class Library:
    """A library opened for asking. Threads may share it."""

    writable = False

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self._catalog = Catalog(folder / CATALOG_FILE, writable=self.writable)
        self._indexed_through = self._catalog.indexed_through() if not self.writable else 0
        self._exact = ExactSearch(self._catalog)
        self._loading = Lock()
        self._loaded: bool | None = None
        self._article = lru_cache(maxsize=512)(self._read_article)

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Open an existing library. Raises LibraryError, with the remedy, if it cannot be used."""
        folder = Path(folder)
        return cls(folder, read_manifest(folder))

    def close(self) -> None:
        """Let go of the files, and of what was read of them; asking on raises LibraryError."""
        self._catalog.close()
        self.__dict__.pop("_index", None)
        self._exact.forget()
        self._article.cache_clear()

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
        """The article with that id. Raises UnknownArticle if there is none."""
        if (article := self._catalog.article(article_id)) is None:
            raise UnknownArticle(article_id)
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

        Every cosine is computed from the catalog's vectors. In a small library, and with a filter,
        so are all that can be found, which is why a filter applies before the cut. In a large one
        Chroma names the neighbours among the passages it held when this library was opened; newer
        passages are scored exactly, and all of them are where Chroma cannot be used.
        """
        if where:
            best = nothing()
            for ids, vectors in self._catalog.vector_blocks(where=where):
                best = _merged(best, (ids, _cosines(vectors, vector)), limit)
        else:
            near, through = self._nearest_indexed(vector, limit)
            best = _merged(near, self._exact.nearest(vector, limit, after=through), limit)
        return list(zip(best[0].tolist(), best[1].tolist(), strict=True))

    def cosines(self, vector: Vectors, ids: Sequence[int]) -> dict[int, float]:
        """The cosines of those passages with a unit vector."""
        found, vectors = self._catalog.vectors_of(ids)
        return dict(zip(found.tolist(), _cosines(vectors, vector).tolist(), strict=True))

    def document_frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many passages each term occurs, after stemming."""
        return self._catalog.document_frequencies(terms)

    def terms(self, first: str, *, shortest: int, longest: int) -> list[str]:
        """The stems that the articles have, in lower case and without accents, of those lengths in
        characters, and with the character `first` at their beginning."""
        return self._catalog.terms(first, shortest=shortest, longest=longest)

    def count_passages(self) -> int:
        """How many passages the library has."""
        return self._catalog.count_passages()

    def count_articles(self) -> int:
        """How many articles the library has."""
        return self._catalog.count_articles()

    def is_split_as_now(self) -> bool:
        """Whether every article is split as this version splits; `ingest.upgrade` does it."""
        return self._catalog.splitting() >= SPLITTING

    def split_of(self, article_id: str) -> tuple[list[Passage], Vectors]:
        """An article's passages, and their vectors. *Shape: (n, dimensions)*"""
        return self._catalog.split_of(article_id)

    def copy_to(self, target: sqlite3.Connection) -> None:
        """Write the catalog as it is at one moment into another SQLite file."""
        self._catalog.copy_to(target)

    def problems(self) -> list[str]:
        """Which of a library's invariants do not hold; empty when all is well."""
        from ingest.soundness import catalog_problems

        found = catalog_problems(self._catalog)
        if found or self.index_is_unfinished():
            return found
        problem = self._index_problem() or self._index_difference()
        return [problem] if problem else []

    def index_is_unfinished(self) -> bool:
        """Whether the vector index is being written, or its writer was stopped: until the next
        writer mends it, it is done without, and every passage is scored."""
        return self._catalog.index_seal() == UNSEALED

    def refresh(self) -> None:
        """Use the index as far as it is complete by now; that only spares exact scoring."""
        with self._loading:
            if (through := self._catalog.indexed_through()) != self._indexed_through:
                self._indexed_through, self._loaded = through, None
                self.__dict__.pop("_index", None)
                self.__dict__.pop("_is_small", None)

    @cached_property
    def _index(self) -> VectorIndex:
        self._catalog.check_open()
        place = self.manifest.vectors or self.folder / INDEX_FOLDER
        return open_index(place, self._indexed_through)

    def _index_problem(self) -> str | None:
        """Why the vector index cannot be used: it cannot be read, or it lacks passages."""
        expected = self._catalog.count_passages(through=self._indexed_through)
        if not expected:
            return None
        if self.index_is_unfinished():
            return "the vector index was being written when its writer was stopped"
        try:
            self._index.check_files(self._catalog.index_seal())
            indexed = self._index.count()
        except Exception as error:  # Chroma raises what its files or its network raise
            return f"the vector index cannot be read: {error}"
        if indexed >= expected:
            return None
        return f"the vector index holds {indexed} of {expected} passages"

    def _index_difference(self) -> str | None:
        """Which passages the vector index has too many or too few."""
        through = self._catalog.indexed_through()
        if not through:
            return None
        try:
            indexed = self._index.numbers()
        except Exception as error:  # Chroma raises what its files or its network raise
            return f"the vector index cannot be read: {error}"
        removed = set(self._catalog.removed_passages())
        stored = self._catalog.numbers(through=through)
        if lacking := stored - indexed:
            return f"the vector index lacks {len(lacking)} passages"
        if extra := {number for number in indexed - stored - removed if number <= through}:
            return f"the vector index holds {len(extra)} passages that are gone"
        return None

    @cached_property
    def _is_small(self) -> bool:
        """Whether the index holds so little that scoring every passage costs no more."""
        through = self._indexed_through
        return not through or self._catalog.count_passages(through=through) < _EXACT_UP_TO

    def _uses_index(self) -> bool:
        """Whether Chroma has loaded its files, and they hold every passage through the mark."""
        with self._loading:
            if self._loaded is None and not self.index_is_unfinished():
                self._load_index()
            return bool(self._loaded)

    def _load_index(self) -> None:
        """Load Chroma's files, or note that they cannot be used; nothing while they are written."""
        with self._index.loading() as alone:
            if not alone:
                return
            problem = self._index_problem()
        self._loaded = not problem
        if problem:
            _log.warning("Every passage of %s is scored: %s", self.folder, problem)

    def _nearest_indexed(self, vector: Vectors, limit: int) -> tuple[Scored, int]:
        """Neighbours that Chroma names, and the passage number through which none is missing among
        them; 0 where Chroma does not give as many as there are."""
        if self._is_small or not self._uses_index():
            return nothing(), 0
        through = min(self._indexed_through, self._index.through)
        try:
            near = self._index.nearest(vector, limit + _SPARE_NEIGHBOURS)[0]
        except Exception as error:  # Chroma raises what its files or its network raise
            _log.warning("Every passage of %s is scored: %s", self.folder, error)
            return nothing(), 0
        ids, vectors = self._catalog.vectors_of(near.tolist())
        if len(ids) < limit and len(ids) < self._catalog.count_passages():
            return nothing(), 0
        kept = ids <= through
        return (ids[kept], _cosines(vectors[kept], vector)), through

    def _read_article(self, passage: int) -> Article | None:
        """An article as it is while it has this passage: a new version has new numbers."""
        return self._catalog.article_of(passage)


class LibraryWriter(Library):
    """A library opened for changing it, by one process at a time."""

    writable = True

    def __init__(self, folder: Path, manifest: Manifest, lock: WriteLock) -> None:
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
        make_folder(folder)
        lock = WriteLock(folder)
        lock.acquire(timeout_s)
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
        if not is_library(self.folder):
            write_manifest(self.folder, self.manifest)
        self._indexed_through = self._catalog.indexed_through()
        problem = self._index_problem()
        if not problem:
            try:
                self.update_index()
            except LibraryError as error:
                problem = str(error)
        if problem:
            _log.warning("The vector index of %s is made anew: %s", self.folder, problem)
            self.rebuild_index()

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
        of files that need not be read again while they are unchanged. The vector index follows
        later; see `finish`.
        """
        start = 0
        with self._catalog.transaction():
            for article, passages, tokens in batch:
                rows = vectors[start : start + len(passages)]
                self._catalog.put(article, passages, rows, tokens=tokens)
                start += len(passages)
            for path, digest in finished_files:
                self._catalog.remember_file(path, digest)
        waiting = self._catalog.highest_number() - self._indexed_through
        if waiting >= _INDEX_EVERY:
            self.update_index()

    def split(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Give an article of the library other passages, all or none; the index follows later."""
        with self._catalog.transaction():
            self._catalog.split(article, passages, vectors)

    def note_split(self, splitting: int = SPLITTING) -> None:
        """Note in which way every article is split; by default as this version does."""
        self._catalog.mark_split(splitting)

    def finish(self) -> None:
        """Bring the index up to what was put; forget what was kept for articles that did not come
        to their end. Whoever puts calls it last; if nobody does, the next writer does it."""
        self.update_index()
        self._catalog.drop_drafts()

    def drafts(self, digests: Sequence[bytes]) -> dict[bytes, Vectors]:
        """The vectors kept by `keep_drafts`, as far as there are any, by the texts' digests."""
        found = self._catalog.drafts(digests)
        return {digest: np.frombuffer(v, dtype=np.float32) for digest, v in found.items()}

    def keep_drafts(self, digests: Sequence[bytes], vectors: Vectors) -> None:
        """Keep vectors of an article that is too long to be embedded at once: whatever ends the
        process meanwhile, they are not computed again."""
        self._catalog.keep_drafts(digests, vectors)

    def remove(self, article_id: str) -> None:
        """Delete an article and everything of it. Raises UnknownArticle if there is none."""
        article = self.article(article_id)
        with self._catalog.transaction():
            self._catalog.remove(article_id)
            self._catalog.forget_file(article.source)
        self.update_index()

    def update_index(self) -> None:
        """Bring the vector index up to the catalog, whatever was left undone before.

        Raises LibraryError where it cannot be written; what is stored stays stored, is found all
        the same, and the next writer tries again.
        """
        removed = self._catalog.removed_passages()
        last = max(self._catalog.highest_number(), self._indexed_through)
        if not removed and last <= self._indexed_through:
            return
        self._catalog.mark_changing()
        with self._index.writing(), self._explained():
            if removed:
                self._index.remove(removed)
            for ids, vectors in self._catalog.vector_blocks(after=self._indexed_through):
                self._index.add(ids, vectors)
            if self._index.through == self._indexed_through:
                self._index.through = last
            self._indexed_through = last
            self._catalog.mark_indexed(last, removed, seal=self._index.seal())
        self.__dict__.pop("_is_small", None)

    def rebuild_index(self) -> None:
        """Make the vector index anew from the catalog, embedding nothing again."""
        self._catalog.mark_indexed(0, [], seal=UNSEALED)
        with self._index.writing(), self._explained():
            self._index.clear()
        self._indexed_through = 0
        self._loaded = None
        self.update_index()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """A failure of the vector index as one that names the remedy."""
        try:
            yield
        except LibraryError:
            raise
        except Exception as error:  # Chroma raises what its files or its network raise
            raise LibraryError(
                f"The vector index of {str(self.folder)!r} cannot be written:"
                f" {' '.join(str(error).split())}. The articles are stored and can be asked.",
                remedy="Check the disk's room and the permissions, then run `groundwire reindex`.",
            ) from error


def _agree(folder: Path, wanted: Manifest | None) -> Manifest:
    """The library's manifest, or what it will be; it must match what is wanted."""
    if not is_library(folder):
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


def make_folder(folder: Path) -> None:
    """Make the folder of a library. Raises LibraryError if that cannot be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LibraryError(
            f"The library's folder {str(folder)!r} cannot be made: {error.strerror}.",
            remedy="Name a folder that can be made and written.",
        ) from error


def _cosines(vectors: Vectors, vector: Vectors) -> Vectors:
    return vectors @ vector if len(vectors) else np.empty(0, np.float32)


def _merged(one: Scored, other: Scored, limit: int) -> Scored:
    """The best of two rankings."""
    return nearest_of(np.concatenate([one[0], other[0]]), np.concatenate([one[1], other[1]]), limit)
