"""Question -> passages: dense and lexical search side by side, fused."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ingest.article import Article, Passage
from ingest.embed import Vectors
from ingest.filter import Filter
from ingest.library import Library

_CANDIDATES = 100
_LEXICAL_SHARE = 0.35
_FOCUS_CANDIDATES = 5

Search = Literal["hybrid", "dense", "lexical"]


@dataclass(frozen=True, slots=True)
class Background:
    """What a conversation adds to the search for a question.

    `words` and `meaning` are texts with their weights beside the question's own, which is 1: the
    former add to BM25, the vectors of the latter to the question's vector. The passages of
    `articles` are candidates too, and `bonus` is added to their scores. `typed` is the question
    in its asker's words: those that the conversation put in need only stand near an answer.
    """

    words: tuple[tuple[str, float], ...] = ()
    meaning: tuple[tuple[str, float], ...] = ()
    articles: tuple[str, ...] = ()
    bonus: float = 0.0
    typed: str | None = None


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
    background: Background | None = None,
) -> list[Hit]:
    """The passages that most likely hold the answer, best first.

    Filters apply to both searches before the cut. `search` can leave one of the two out. What the
    `background` adds never replaces the question's own words.
    """
    background = background or Background()
    depth = max(limit, _CANDIDATES)
    lexical: dict[int, float] = {}
    cosines: dict[int, float] = {}
    focus = _focus(library, question, where, background)
    if search != "dense":
        lexical = _bm25(library, question, depth, where, background)
    if search != "lexical":
        vector = blended_vector(library, question, background)
        cosines = dict(library.search_vectors(vector, depth, where))
        unscored = [number for number in {**lexical, **focus} if number not in cosines]
        cosines |= library.cosines(vector, unscored)
    fused = fuse(focus | lexical, cosines, favoured=focus, bonus=background.bonus)[:limit]
    score = dict(fused)
    found = library.passages([number for number, _ in fused])
    return [
        Hit(p.id, article, p.passage, score[p.id], cosines.get(p.id), lexical.get(p.id))
        for p, article in found
    ]


def blended_vector(library: Library, question: str, background: Background) -> Vectors:
    """The unit vector of a question, drawn towards what its background means."""
    vector = library.embedder.embed_question(question)
    if not background.meaning:
        return vector
    for text, weight in background.meaning:
        vector = vector + np.float32(weight) * library.embedder.embed_question(text)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def _bm25(
    library: Library, question: str, depth: int, where: Filter | None, background: Background
) -> dict[int, float]:
    """BM25 of the question and of each text of the background, weighted and added."""
    scores = dict(library.search_words(question, depth, where))
    for text, weight in background.words:
        for number, score in library.search_words(text, depth, where):
            scores[number] = scores.get(number, 0.0) + weight * score
    return scores


def _focus(
    library: Library, question: str, where: Filter | None, background: Background
) -> dict[int, float]:
    """The best passages for the question in the articles of the background, by BM25."""
    allowed = set(background.articles)
    if where and where.articles:
        allowed &= set(where.articles)
    if not allowed:
        return {}
    inside = replace(where or Filter(), articles=tuple(sorted(allowed)))
    return dict(library.search_words(question, _FOCUS_CANDIDATES, inside))


def fuse(
    bm25: Mapping[int, float],
    cosines: Mapping[int, float],
    *,
    favoured: Container[int] = (),
    bonus: float = 0.0,
) -> list[tuple[int, float]]:
    """A convex combination of both scores: numbers and scores, best first. The favoured numbers
    score a bonus more.

    BM25 is divided by the best passage's, so that the combination is of like sizes; a passage
    that one search did not score counts 0 there. Better than reciprocal ranks here as in Bruch et
    al. (2023, arXiv:2210.11934); the share was chosen on the SciFact training queries.
    """
    highest = max(bm25.values(), default=0.0) or 1.0
    scores = {
        number: _LEXICAL_SHARE * bm25.get(number, 0.0) / highest
        + (1 - _LEXICAL_SHARE) * cosines.get(number, 0.0)
        + (bonus if number in favoured else 0.0)
        for number in {**bm25, **cosines}
    }
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
