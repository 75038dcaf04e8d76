"""Is a catalog whole? Each invariant that a library keeps has a name here and a check."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator

import numpy as np

from ingest.article import Article
from ingest.catalog import Catalog
from ingest.errors import GroundwireError, LibraryError

_COUNTS = {
    "passages are missing from the full-text index": (
        "SELECT count(*) FROM passages WHERE id NOT IN (SELECT id FROM words_docsize)"
    ),
    "entries of the full-text index have no passage": (
        "SELECT count(*) FROM words_docsize WHERE id NOT IN (SELECT id FROM passages)"
    ),
    "passages have no article": (
        "SELECT count(*) FROM passages WHERE article NOT IN (SELECT id FROM articles)"
    ),
    "passages are there though they are noted as removed": (
        "SELECT count(*) FROM passages JOIN removed_passages USING (id)"
    ),
    "passages have the place of another": (
        "SELECT count(*) - count(DISTINCT article || ':' || start || ':' || end) FROM passages"
    ),
    "marks are above the highest number": (
        "SELECT count(*) FROM marks WHERE name = 'indexed_through'"
        " AND value > (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'passages')"
    ),
}
"""What is wrong if the count is not 0."""

_ARTICLE = (
    "SELECT id, version, source, text, title, author, outlet, published, url, language"
    " FROM articles WHERE rowid = ?"
)
_PASSAGES = (
    "SELECT passages.id, start, end, sentences, vector, words.body FROM passages"
    " LEFT JOIN words ON words.rowid = passages.id WHERE article = ?"
)
_MOST_NAMED = 5
_UNIT = 1e-3


def catalog_problems(catalog: Catalog) -> list[str]:
    """What is wrong with a catalog; empty when every invariant holds."""
    checks: tuple[Callable[[Catalog], Iterator[str]], ...] = (
        _file_problems,
        _count_problems,
        _word_problems,
        _article_problems,
    )
    for check in checks:  # where one finds something, the next would say it again
        try:
            if found := list(check(catalog)):
                return found
        except LibraryError as error:
            return [error.message]
    return []


def _file_problems(catalog: Catalog) -> Iterator[str]:
    """SQLite's own check of the file."""
    rows = catalog.rows("PRAGMA integrity_check(10)")
    yield from (row[0] for row in rows if row[0] != "ok")


def _count_problems(catalog: Catalog) -> Iterator[str]:
    for name, sql in _COUNTS.items():
        count = catalog.rows(sql)[0][0]
        if count:
            yield f"{count} {name}"


def _word_problems(catalog: Catalog) -> Iterator[str]:
    """FTS5's own check of its index. It has to write, so it is given a copy."""
    copy = sqlite3.connect("")  # a file that SQLite deletes
    try:
        catalog.copy_to(copy)
        copy.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as error:
        yield f"the full-text index is damaged: {error}"
    finally:
        copy.close()


def _article_problems(catalog: Catalog) -> Iterator[str]:
    """Each article is what its id and version say, and its passages are its own words."""
    dimensions: set[int] = set()
    wrong: dict[str, list[str]] = {}
    for identifier, version, *values in _each_article(catalog):
        try:
            article = Article(*values)
        except GroundwireError:
            wrong.setdefault("hold no text", []).append(identifier)
            continue
        if (article.id, article.version) != (identifier, version):
            wrong.setdefault("are not what their id and version say", []).append(identifier)
        passages = catalog.rows(_PASSAGES, [identifier])
        dimensions.update(len(row[4]) for row in passages)
        for kind in {kind for row in passages if (kind := _passage_problem(article.text, *row))}:
            wrong.setdefault(kind, []).append(identifier)
    for kind, identifiers in wrong.items():
        yield f"{len(identifiers)} articles {kind}: {', '.join(identifiers[:_MOST_NAMED])}"
    if len(dimensions) > 1:
        yield "vectors have different lengths"


def _each_article(catalog: Catalog) -> Iterator[tuple]:  # type: ignore[type-arg]
    """The articles, one in memory at a time."""
    for (number,) in catalog.rows("SELECT rowid FROM articles ORDER BY rowid"):
        yield from catalog.rows(_ARTICLE, [number])


def _passage_problem(
    text: str, _: int, start: int, end: int, sentences: str, vector: bytes, body: str | None
) -> str | None:
    """What is wrong with a passage of an article with this text, after "n articles ..."."""
    spans = json.loads(sentences)
    ordered = [start, *(place for span in spans for place in span), end]
    if not spans or ordered != sorted(ordered) or not 0 <= start < end <= len(text):
        return "have passages outside their text"
    if body != text[start:end]:
        return "have other words in the full-text index"
    numbers = np.frombuffer(vector, dtype=np.float32)
    if not abs(float(np.linalg.norm(numbers)) - 1) < _UNIT:
        return "have vectors that are not of length 1"
    return None
