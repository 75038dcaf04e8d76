"""Question -> passages: dense and lexical search side by side, fused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ingest.article import Article, Passage
from ingest.filter import Filter
from ingest.library import Library

_CANDIDATES = 100
_LEXICAL_SHARE = 0.35

Search = Literal["hybrid", "dense", "lexical"]


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
    library: Library,
    question: str,
    *,
    limit: int = 10,
    where: Filter | None = None,
    search: Search = "hybrid",
) -> list[Hit]:
    """The passages that most likely hold the answer, best first.

    Filters apply to both searches before the cut. `search` can leave one of the two out.
    """
    depth = max(limit, _CANDIDATES)
    lexical: dict[int, float] = {}
    cosines: dict[int, float] = {}
    if search != "dense":
        lexical = dict(library.search_words(question, depth, where))
    if search != "lexical":
        vector = library.embedder.embed_question(question)
        cosines = dict(library.search_vectors(vector, depth, where))
        cosines |= library.cosines(vector, [number for number in lexical if number not in cosines])
    fused = fuse(lexical, cosines)[:limit]
    score = dict(fused)
    found = library.passages([number for number, _ in fused])
    return [
        Hit(p.id, article, p.passage, score[p.id], cosines.get(p.id), lexical.get(p.id))
        for p, article in found
    ]


def fuse(bm25: Mapping[int, float], cosines: Mapping[int, float]) -> list[tuple[int, float]]:
    """A convex combination of both scores: numbers and scores, best first.

    BM25 is divided by the best passage's, so that the combination is of like sizes; a passage
    that one search did not score counts 0 there. Better than reciprocal ranks here as in Bruch et
    al. (2023, arXiv:2210.11934); the share was chosen on the SciFact training queries.
    """
    highest = max(bm25.values(), default=0.0) or 1.0
    scores = {
        number: _LEXICAL_SHARE * bm25.get(number, 0.0) / highest
        + (1 - _LEXICAL_SHARE) * cosines.get(number, 0.0)
        for number in {**bm25, **cosines}
    }
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
