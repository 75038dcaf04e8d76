"""What the tests of the library search for, and what they must find."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.article import Article
from ingest.filter import Filter
from ingest.library import Library, LibraryWriter
from tests.conftest import (
    WordEmbedder,
    article,
    with_embedder,
)

QUESTION = "Who shelled the copper mine at Velm?"


@contextmanager
def writing(folder: Path) -> Iterator[LibraryWriter]:
    with with_embedder(LibraryWriter.open(folder), WordEmbedder()) as writer:
        yield writer


def nearest(
    library: Library, question: str = QUESTION, limit: int = 5, where: Filter | None = None
) -> list[tuple[str, float]]:
    """What the vectors find: sources with rounded cosines, best first."""
    hits = library.search_vectors(library.embedder.embed_question(question), limit, where)
    found = library.passages([number for number, _ in hits])
    assert len(found) == len(hits)
    return [
        (Path(item.source).stem, round(score, 4))
        for (_, score), (_, item) in zip(hits, found, strict=True)
    ]


def exactly(articles: tuple[Article, ...], question: str = QUESTION, limit: int = 5) -> list[float]:
    """The best cosines, computed without a library."""
    from ingest.pipeline import embedding_text, passages_of

    embedder = WordEmbedder()
    texts = [embedding_text(a, p) for a in articles for p in passages_of(a, embedder, 160)]
    cosines = embedder.embed_passages(texts) @ embedder.embed_question(question)
    return [round(float(c), 4) for c in sorted(cosines, reverse=True)[:limit]]


def many(number: int, words: str = "") -> tuple[Article, ...]:
    return tuple(
        article(f"item{i}", f"Item {i} says that boat {i * 7} left port {i % 9}. {words}")
        for i in range(number)
    )
