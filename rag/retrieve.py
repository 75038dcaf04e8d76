"""Question -> passages: dense and lexical search side by side, fused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.article import Article, Passage
from ingest.catalog import Filter
from ingest.library import Library

_CANDIDATES = 100
_RRF_CONSTANT = 60
_LEXICAL_WEIGHT = 1.0
_DENSE_WEIGHT = 1.0

Ranking = Sequence[tuple[int, float]]
"""Passage numbers with their scores, best first."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question. `cosine` and `bm25` are None where that search missed it."""

    id: int
    article: Article
    passage: Passage
    score: float
    cosine: float | None = None
    bm25: float | None = None

    @property
    def text(self) -> str:
        """The passage's own words."""
        return self.passage.span.of(self.article.text)


def retrieve(
    library: Library, question: str, *, limit: int = 10, where: Filter | None = None
) -> list[Hit]:
    """The passages that most likely hold the answer, best first.

    Filters apply to both searches before the cut.
    """
    lexical = library.search_words(question, _CANDIDATES, where)
    dense = library.search_vectors(library.embedder.embed_question(question), _CANDIDATES, where)
    fused = fuse(lexical, dense)[:limit]
    bm25, cosine, score = dict(lexical), dict(dense), dict(fused)
    found = library.passages([number for number, _ in fused])
    return [
        Hit(p.id, article, p.passage, score[p.id], cosine.get(p.id), bm25.get(p.id))
        for p, article in found
    ]


def fuse(lexical: Ranking, dense: Ranking) -> list[tuple[int, float]]:
    """Reciprocal rank fusion (Cormack et al. 2009): numbers and scores, best first."""
    scores: dict[int, float] = {}
    for ranking, weight in ((lexical, _LEXICAL_WEIGHT), (dense, _DENSE_WEIGHT)):
        for rank, (number, _) in enumerate(ranking, start=1):
            scores[number] = scores.get(number, 0.0) + weight / (_RRF_CONSTANT + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
