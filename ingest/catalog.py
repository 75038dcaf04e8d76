"""The catalog: articles, passages, vectors and the full-text index in one SQLite file.

It is the truth of a library; the vector index can be rebuilt from it.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.article import Article, Passage, Span, name_of
from ingest.connections import Connections
from ingest.errors import LibraryError
from ingest.filter import Filter, folded
from ingest.schema import DRAFTS, SCHEMA, TERMS
from ingest.split import SPLITTING
from ingest.terms import fts_query

_SET_MARK = "INSERT OR REPLACE INTO marks VALUES (?,?)"
UNSEALED = -1
_COLUMNS = "source, text, title, author, outlet, published, url, language"
_TITLE_WEIGHT = 0.5
CATALOG_FILE = "catalog.sqlite"
_BLOCK = 8192
_MOST_VALUES = 30_000  # of one SQL statement
Ids = NDArray[np.int64]
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ArticleEntry:
    """A line of the list of articles."""

    id: str
    title: str | None
    outlet: str | None
    author: str | None
    published: str | None
    source: str
    characters: int
    tokens: int
    passages: int
    added: str

    @property
    def name(self) -> str:
        """What to call it: its title; without one, the last part of its source."""
        return name_of(self.title, self.source)


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with its number in the catalog and its article's id."""

    id: int
    article: str
    passage: Passage


class Catalog:
    """One SQLite file in WAL mode; a connection per thread."""

    def __init__(self, file: Path, *, writable: bool) -> None:
        self._file = file
        self._writable = writable
        self._connections = Connections(self._connect)

    def create(self) -> None:
        """Make the tables, in one transaction."""
        with self.transaction() as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                for statement in SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute(_SET_MARK, ("splitting", SPLITTING))
            connection.execute(DRAFTS)

    def close(self) -> None:
        """Close every thread's connection, for good."""
        self._connections.close()

    def check_open(self) -> None:
        """Raise LibraryError once it is closed."""
        if self._connections.closed:
            raise LibraryError(
                f"The library {str(self._file.parent)!r} was closed.", remedy="Open it again."
            )

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: what happens inside is committed at the end or not at all."""
        with self._explained(), self._connections.using() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    # Articles

    def put(
        self, article: Article, passages: Sequence[Passage], vectors: Vectors, *, tokens: int
    ) -> None:
        """Store an article with its passages, in place of what its source held before.

        To be called inside `transaction`.
        """
        self.remove(article.id)
        connection = self._connections.own()
        added = datetime.now(UTC).isoformat(timespec="seconds")
        connection.execute(
            f"INSERT INTO articles (id, version, tokens, added, {_COLUMNS}) "
            "VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            (article.id, article.version, tokens, added, *_values(article)),
        )
        self._put_passages(article, passages, vectors)

    def split(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Give a stored article other passages. Inside `transaction`."""
        self._remove_passages(article.id)
        self._put_passages(article, passages, vectors)

    def _put_passages(
        self, article: Article, passages: Sequence[Passage], vectors: Vectors
    ) -> None:
        connection = self._connections.own()
        for passage, vector in zip(passages, vectors, strict=True):
            spans = json.dumps([[s.start, s.end] for s in passage.sentences])
            cursor = connection.execute(
                "INSERT INTO passages (article, start, end, sentences, vector) VALUES (?,?,?,?,?)",
                (article.id, passage.span.start, passage.span.end, spans, vector.tobytes()),
            )
            connection.execute(
                "INSERT INTO words (rowid, title, body) VALUES (?,?,?)",
                (cursor.lastrowid, article.title or "", passage.span.of(article.text)),
            )

    def remove(self, article_id: str) -> bool:
        """Delete an article and everything of it; whether there was one. Inside `transaction`."""
        self._remove_passages(article_id)
        connection = self._connections.own()
        cursor = connection.execute("DELETE FROM articles WHERE id = ?", (article_id,))
        return cursor.rowcount > 0

    def _remove_passages(self, article_id: str) -> None:
        connection = self._connections.own()
        passages = "SELECT id FROM passages WHERE article = ?"
        connection.execute(f"DELETE FROM words WHERE rowid IN ({passages})", (article_id,))
        connection.execute(f"INSERT INTO removed_passages {passages}", (article_id,))
        connection.execute("DELETE FROM passages WHERE article = ?", (article_id,))

    def article(self, article_id: str) -> Article | None:
        """The article with that id."""
        row = self._one(f"SELECT {_COLUMNS} FROM articles WHERE id = ?", [article_id])
        return Article(*row) if row else None

    def article_of(self, passage_id: int) -> Article | None:
        """The article that has the passage with that number."""
        row = self._one(
            f"SELECT {_COLUMNS} FROM articles"
            " WHERE id = (SELECT article FROM passages WHERE id = ?)",
            [passage_id],
        )
        return Article(*row) if row else None

    def entries(self, where: Filter | None = None) -> list[ArticleEntry]:
        """The list of articles, newest first."""
        condition, values = (where or Filter()).condition()
        rows = self.rows(
            "SELECT id, title, outlet, author, published, source, length(text), tokens,"
            " (SELECT count(*) FROM passages WHERE article = articles.id), added"
            f" FROM articles WHERE {condition} ORDER BY published DESC, source",
            values,
        )
        return [ArticleEntry(*row) for row in rows]

    def holds(self, article: Article) -> bool:
        """Whether the catalog has exactly this article: same text, same metadata."""
        row = self._one(f"SELECT {_COLUMNS} FROM articles WHERE id = ?", [article.id])
        return row is not None and tuple(row) == _values(article)

    # Files that were read completely

    def knows_file(self, path: str, digest: str) -> bool:
        """Whether the file with that content was ingested completely."""
        return (
            self._one("SELECT 1 FROM files WHERE path=? AND digest=?", [path, digest]) is not None
        )

    def remember_file(self, path: str, digest: str) -> None:
        """Note that a file was ingested completely. Inside `transaction`."""
        self._connections.own().execute(
            "INSERT OR REPLACE INTO files (path, digest) VALUES (?,?)", (path, digest)
        )

    def forget_file(self, source: str) -> None:
        """Note that a file must be read again: an article of it was removed. Inside
        `transaction`."""
        path = source.rpartition("#")[0] or source
        connection = self._connections.own()
        cursor = connection.execute("DELETE FROM files WHERE path IN (?,?)", (path, source))
        if not cursor.rowcount:  # an article that names its own address may be of any file
            connection.execute("DELETE FROM files")

    # Passages

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """The passages with those numbers; a number that is gone is left out."""
        marks = ",".join("?" * len(ids))
        rows = self.rows(
            f"SELECT id, article, start, end, sentences FROM passages WHERE id IN ({marks})", ids
        )
        return {row[0]: _stored(*row) for row in rows}

    def split_of(self, article_id: str) -> tuple[list[Passage], Vectors]:
        """An article's passages, and their vectors. *Shape: (n, dimensions)*"""
        rows = self.rows(
            "SELECT id, article, start, end, sentences, vector FROM passages WHERE article = ?"
            " ORDER BY id",
            [article_id],
        )
        passages = [_stored(*row[:5]).passage for row in rows]
        return passages, _matrix([(row[0], row[5]) for row in rows])[1]

    def splitting(self) -> int:
        """In which way the articles are split; some may be in a newer one."""
        return self._mark("splitting") or 1

    def mark_split(self, splitting: int) -> None:
        """Note that every article is split in that way."""
        with self.transaction() as connection:
            connection.execute(_SET_MARK, ("splitting", splitting))

    def vectors(self) -> tuple[Ids, Vectors]:
        """All numbers and vectors at once. *Shapes: (n,), (n, dimensions)*"""
        blocks = [*self.vector_blocks()] or [_matrix([])]
        ids, vectors = zip(*blocks, strict=True)
        return np.concatenate(ids), np.concatenate(vectors)

    def vector_blocks(
        self, *, after: int = 0, where: Filter | None = None
    ) -> Iterator[tuple[Ids, Vectors]]:
        """The numbers above `after` of the passages that a filter lets through, and their
        vectors, in blocks that bound the memory. *Shapes: (n,), (n, dimensions)*"""
        sql = "SELECT passages.id, vector FROM passages"
        values: list[str | int] = []
        if where:
            condition, values = where.condition()
            sql += f" JOIN articles ON articles.id = article AND {condition}"
        sql += f" WHERE passages.id > ? ORDER BY passages.id LIMIT {_BLOCK}"
        while rows := self.rows(sql, [*values, after]):
            yield _matrix(rows)
            after = rows[-1][0]

    def vectors_of(self, ids: Sequence[int]) -> tuple[Ids, Vectors]:
        """Those numbers that exist, and their vectors. *Shapes: (n,), (n, dimensions)*"""
        marks = ",".join("?" * len(ids))
        return _matrix(self.rows(f"SELECT id, vector FROM passages WHERE id IN ({marks})", ids))

    def existing(self, ids: Sequence[int]) -> set[int]:
        """Those of the numbers that passages have."""
        found: set[int] = set()
        for first in range(0, len(ids), _MOST_VALUES):
            part = ids[first : first + _MOST_VALUES]
            marks = ",".join("?" * len(part))
            rows = self.rows(f"SELECT id FROM passages WHERE id IN ({marks})", part)
            found.update(row[0] for row in rows)
        return found

    def count_passages(self, *, through: int | None = None) -> int:
        """How many passages there are, or how many numbered up to `through`."""
        sql = "SELECT count(*) FROM passages"
        if through is not None:  # the index is far smaller than the table with its vectors
            sql += f" INDEXED BY passages_of_article WHERE id <= {through:d}"
        row = self._one(sql, [])
        return int(row[0]) if row else 0

    def numbers(self, *, through: int) -> set[int]:
        """The numbers of all passages up to `through`."""
        sql = "SELECT id FROM passages INDEXED BY passages_of_article WHERE id <= ?"
        return {row[0] for row in self.rows(sql, [through])}

    def highest_number(self) -> int:
        """The highest number of a passage; 0 if there is none."""
        row = self._one("SELECT max(id) FROM passages", [])
        return int(row[0] or 0) if row else 0

    def count_articles(self) -> int:
        """How many articles there are."""
        row = self._one("SELECT count(*) FROM articles", [])
        return int(row[0]) if row else 0

    def search_words(
        self, text: str, limit: int, where: Filter | None = None
    ) -> list[tuple[int, float]]:
        """The best passages by BM25 for the words of `text`: (number, score), best first.

        Any text may be given: its words are matched literally, never as query syntax. The title
        counts half. BM25 is FTS5's (k1 = 1.2, b = 0.75), its sign turned so that more is better.
        """
        query = fts_query(text)
        if not query:
            return []
        rank = f"bm25(words, {_TITLE_WEIGHT}, 1.0)"
        sql = f"SELECT rowid, -{rank} FROM words WHERE words MATCH ?"
        values: list[str | int] = [query]
        if where:
            condition, extra = where.condition()
            sql += (
                " AND rowid IN (SELECT passages.id FROM passages JOIN articles"
                f" ON articles.id = article WHERE {condition})"
            )
            values += extra
        rows = self.rows(f"{sql} ORDER BY {rank}, rowid LIMIT ?", [*values, limit])
        return [(row[0], row[1]) for row in rows]

    def document_frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many passages each term occurs, after stemming."""
        return {
            term: int(row[0])
            for term in set(terms)
            if (query := fts_query(term, keep_all=True))
            and (row := self._one("SELECT count(*) FROM words WHERE words MATCH ?", [query]))
        }

    def terms(self, first: str, *, shortest: int, longest: int) -> list[str]:
        """The stems of the full-text index that begin with the character `first`, by their length
        in characters."""
        self.rows(TERMS, [])
        beginning = "term >= ? AND term < ?"
        sql = f"SELECT term FROM temp.terms WHERE {beginning} AND length(term) BETWEEN ? AND ?"
        rows = self.rows(sql, [first, chr(ord(first) + 1), shortest, longest])
        return [row[0] for row in rows]

    # What the vector index holds

    def indexed_through(self) -> int:
        """The number up to which every passage is in the vector index."""
        return self._mark("indexed_through") or 0

    def index_seal(self) -> int | None:
        """The seal of the index's files when they were last written; `UNSEALED` while they are
        being written, None where nobody noted it."""
        return self._mark("index_seal")

    def removed_passages(self) -> list[int]:
        """Numbers that may still be in the vector index though their passages are gone."""
        return [row[0] for row in self.rows("SELECT id FROM removed_passages", [])]

    def mark_changing(self) -> None:
        """Note that the index's files are being written."""
        with self.transaction() as connection:
            connection.execute(_SET_MARK, ("index_seal", UNSEALED))

    def mark_indexed(self, through: int, removed: Sequence[int], *, seal: int) -> None:
        """Note what the vector index now holds and no longer holds, and its files' seal."""
        with self.transaction() as connection:
            connection.execute(_SET_MARK, ("indexed_through", through))
            connection.execute(_SET_MARK, ("index_seal", seal))
            connection.executemany(
                "DELETE FROM removed_passages WHERE id = ?", ((i,) for i in removed)
            )

    def _mark(self, name: str) -> int | None:
        row = self._one("SELECT value FROM marks WHERE name = ?", [name])
        return int(row[0]) if row else None

    # What passages of a long article are worth before they are all there

    def drafts(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        """The vectors that were kept for texts, by the texts' digests."""
        marks = ",".join("?" * len(digests))
        rows = self.rows(f"SELECT digest, vector FROM drafts WHERE digest IN ({marks})", digests)
        return dict(rows)

    def keep_drafts(self, digests: Sequence[bytes], vectors: Vectors) -> None:
        """Keep vectors of an article that is not complete yet."""
        rows = [(d, v.tobytes()) for d, v in zip(digests, vectors, strict=True)]
        with self.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO drafts VALUES (?,?)", rows)

    def drop_drafts(self) -> None:
        """Forget the vectors that were kept."""
        if self._one("SELECT 1 FROM drafts LIMIT 1", []):
            with self.transaction() as connection:
                connection.execute("DELETE FROM drafts")

    # The file as a whole

    def copy_to(self, target: sqlite3.Connection) -> None:
        """Write the catalog as it is at one moment into another SQLite file, in one transaction;
        a writer may go on meanwhile."""
        with self._explained(), self._connections.using() as connection:
            connection.backup(target)

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple]:  # type: ignore[type-arg]
        """What a SELECT statement gives. Raises LibraryError where it cannot be read."""
        with self._explained(), self._connections.using() as connection:
            return connection.execute(sql, values).fetchall()

    def _one(self, sql: str, values: Sequence[object]) -> tuple | None:  # type: ignore[type-arg]
        with self._explained(), self._connections.using() as connection:
            row: tuple | None = connection.execute(sql, values).fetchone()  # type: ignore[type-arg]
            return row

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """An error of SQLite as one that names the file and the remedy."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            self.check_open()
            raise LibraryError(
                f"The catalog {str(self._file)!r} cannot be used: {error}.",
                remedy=_remedy(error),
            ) from error

    def _connect(self) -> sqlite3.Connection:
        if self._writable:
            connection = self._open("rwc")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            return connection
        try:
            return self._open("ro")
        except sqlite3.OperationalError:
            if _is_writable(self._file.parent):
                raise
            return self._open("ro&immutable=1")  # not even what WAL needs may be written there

    def _open(self, mode: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self._file.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=30,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.create_function("folded", 1, folded, deterministic=True)
        try:
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection


def _is_writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _remedy(error: sqlite3.DatabaseError) -> str:
    """What to do about an error of SQLite."""
    if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
        return "Nothing stored is lost. Make room on the disk and run the same command again."
    return (
        "Check the disk and the permissions. If the file is damaged, `groundwire restore` puts a"
        " backup in its place and `groundwire rescue` saves what can still be read."
    )


def _values(article: Article) -> tuple[str | None, ...]:
    return (
        article.source,
        article.text,
        article.title,
        article.author,
        article.outlet,
        article.published,
        article.url,
        article.language,
    )


def _stored(number: int, article: str, start: int, end: int, sentences: str) -> StoredPassage:
    spans = tuple(Span(first, last) for first, last in json.loads(sentences))
    return StoredPassage(number, article, Passage(Span(start, end), spans))


def _matrix(rows: Sequence[tuple[int, bytes]]) -> tuple[Ids, Vectors]:
    ids = np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))
    flat = np.frombuffer(b"".join(row[1] for row in rows), dtype=np.float32)
    return ids, flat.reshape(len(rows), -1) if rows else np.empty((0, 0), np.float32)
