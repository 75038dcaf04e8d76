"""How much of a question's wording a sentence has: rare words weigh more."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from ingest.article import Span
from ingest.library import Library
from ingest.terms import content_words
from rag.retrieve import Hit
from rag.words import distinct_stems, stem

HOW_MANY = re.compile(r"\bhow (?:many|much|old|long|far|often|large|big)\b", re.I)
WHEN = re.compile(r"\b(?:when|what (?:date|day|time|year))\b", re.I)
_FRAME = re.compile(r"\b(?:say|says|said|saying|tell|tells|told|stands? for|short for)\b", re.I)
_ASKED_RELATION = re.compile(
    r"\b(?:who|(?:which|what) (?:group|party|company|country|organi[sz]ation|person|man|woman))"
    r" (?:has |had |have |is |was |were )?(\w+)",
    re.I,
)
_RELATION_WEIGHT = 2.5

Weights = Mapping[str, float]
"""Stems of a question and how much each weighs; they add up to 1."""


def term_weights(question: str, library: Library) -> Weights:
    """The question's stems weighted by inverse document frequency in the library; what someone
    did, where "who" is asked, weighs more, and that somebody says it weighs nothing."""
    for form in (HOW_MANY, WHEN, _FRAME):
        question = form.sub(" ", question)
    words = {stem(word): word for word in content_words(question)}
    counts = library.document_frequencies(list(words.values()))
    total = library.count_passages()
    idf = {root: math.log(1 + total / (counts.get(word, 0) + 0.5)) for root, word in words.items()}
    if (root := asked_relation(question)) in idf:
        idf[root] *= _RELATION_WEIGHT
    whole = sum(idf.values()) or 1.0  # an empty library gives no word a weight
    return {root: value / whole for root, value in idf.items()}


def brought_in(question: str, typed: str | None) -> frozenset[str]:
    """The stems that a question has from its conversation, not from the words that were typed."""
    if typed is None:
        return frozenset()
    return frozenset(distinct_stems([question]) - distinct_stems([typed]))


def coverage(
    weights: Weights,
    hit: Hit,
    span: Span,
    implied: frozenset[str] = frozenset(),
    understood: frozenset[str] = frozenset(),
) -> float:
    """Which share of the weights, 0 to 1, a sentence of the passage has; half counts what only
    the passage or the title has, but for what is `implied`: an article does not say again what it
    is about either. What is `understood` counts as what the sentence has."""
    inside = distinct_stems([span.of(hit.article.text)]) | understood
    around = stems_around(hit)
    near = around & implied
    return sum(
        weight * (1.0 if root in inside or root in near else 0.5 if root in around else 0.0)
        for root, weight in weights.items()
    )


def stems_around(hit: Hit) -> set[str]:
    """The stems of a passage and its article's title."""
    return distinct_stems([hit.text, hit.article.title or ""])


def asked_relation(question: str) -> str:
    """The stem of what someone did where a question asks who did it, else ""."""
    asked = _ASKED_RELATION.search(question)
    return stem(asked[1]) if asked and asked[1].lower() in content_words(question) else ""
