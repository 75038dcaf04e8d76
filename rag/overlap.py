"""A reader without trained weights: words in common, vectors, and the kind of thing asked for."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from ingest.article import Span
from ingest.embed import Vectors
from ingest.library import Library
from ingest.terms import content_words
from rag.answer import Evidence
from rag.retrieve import Hit
from rag.words import NUMBER, distinct_stems, stem, stems

_NAME = re.compile(r"\b[A-ZÀ-Þ][\w’'-]*(?: (?:(?:of|al|de|von|bin) )?[A-ZÀ-Þ][\w’'-]*)*")
_DATE = re.compile(
    r"\b(?:(?:\d{1,2}(?:st|nd|rd|th)?\s+)?(?:January|February|March|April|May|June|July|August"
    r"|September|October|November|December)(?:\s+\d{1,2})?(?:,?\s+\d{4})?|\d{4}|(?:last |on )?"
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?: (?:morning|evening|night|afternoon))?"
    r"|\d{1,2}(?::\d\d)?\s?[ap]\.m\.|yesterday|today|tomorrow|(?:a|\w+) (?:week|month|year|day)s?"
    r" (?:later|ago|earlier|after))\b"
)
_EXPECTED = (
    (re.compile(r"\bhow (?:many|much|old|long|far|often|large|big)\b", re.I), NUMBER),
    (re.compile(r"\b(?:when|what (?:date|day|time|year))\b", re.I), _DATE),
    (re.compile(r"\b(?:who|whom|whose|which group)\b", re.I), _NAME),
    (
        re.compile(
            r"\b(?:where|(?:which|what) (?:\w+ )?(?:province|place|town|region|city))\b", re.I
        ),
        _NAME,
    ),
)
_ASKED_RELATION = re.compile(r"\bwho (?:has |had |have |is |was |were )?(\w+)", re.I)
_RELATION_WEIGHT = 2.5
_READ_SENTENCES = 16


class OverlapReader:
    """A reader without trained weights.

    A sentence is judged by how much of the question's weight (rare words weigh more) stands in
    it, in its passage or title, by the cosine of its vector with the question's, and by whether
    it holds the kind of thing that is asked for and the question does not name already. A name
    that the question has and the passage lacks speaks against all of its sentences.
    """

    name = "overlap"
    threshold = 0.5

    def __init__(self, library: Library) -> None:
        self._library = library

    def read(self, question: str, hits: Sequence[Hit]) -> list[Evidence]:
        """The sentences of the passages as evidence, most relevant first."""
        weights = self._weights(question)
        ranked = sorted(
            (
                (hit, span, self._coverage(weights, hit, span))
                for hit in hits
                for span in hit.passage.sentences
            ),
            key=lambda item: -item[2],
        )[:_READ_SENTENCES]
        vector = self._library.embedder.embed_question(question)
        found = [self._judge(question, vector, *item) for item in ranked]
        return sorted(found, key=lambda evidence: -evidence.relevance)

    def _weights(self, question: str) -> dict[str, float]:
        """The question's stems with their inverse document frequencies, adding up to 1; what
        someone did, where "who" is asked, weighs more."""
        for asks, _ in _EXPECTED[:2]:
            question = asks.sub(" ", question)
        words = {stem(word): word for word in content_words(question)}
        counts = self._library.document_frequencies(list(words.values()))
        total = self._library.count_passages()
        idf = {
            root: math.log(1 + total / (counts.get(word, 0) + 0.5)) for root, word in words.items()
        }
        if (root := _asked_relation(question)) in idf:
            idf[root] *= _RELATION_WEIGHT
        whole = sum(idf.values()) or 1.0  # an empty library gives no word a weight
        return {root: value / whole for root, value in idf.items()}

    def _coverage(self, weights: dict[str, float], hit: Hit, span: Span) -> float:
        """Which share of the question's weight the sentence has; half counts what its passage or
        title has."""
        inside = distinct_stems([span.of(hit.article.text)])
        around = _stems_around(hit)
        return sum(
            weight * (1.0 if root in inside else 0.5 if root in around else 0.0)
            for root, weight in weights.items()
        )

    def _judge(
        self, question: str, vector: Vectors, hit: Hit, span: Span, coverage: float
    ) -> Evidence:
        sentence = span.of(hit.article.text)
        cosine = float(self._library.embedder.embed_question(sentence) @ vector)
        short, expected = _short_answer(question, hit.article.text, span)
        lacking = 1.0 if expected and short is None else 0.0
        unnamed = sum(name not in _stems_around(hit) for name in _names(question))
        logit = 7.0 * coverage + 4.0 * cosine - 1.5 * lacking - 2.0 * unnamed - 6.6
        confidence = 1 / (1 + math.exp(-logit))
        return Evidence(hit.article, span, confidence, confidence, short)


def _stems_around(hit: Hit) -> set[str]:
    return distinct_stems([hit.text, hit.article.title or ""])


def _names(question: str) -> set[str]:
    """The stems of the words that a question writes with a capital, its first word apart."""
    return {stem(m[0]) for m in re.finditer(r"(?<=\s)[A-ZÀ-Þ][^\W_]*", question)}


def _short_answer(question: str, text: str, span: Span) -> tuple[Span | None, bool]:
    """The words of the asked kind that stand best for an answer, and whether the question asks
    for a kind at all.

    Where "who" did something is asked, that is the last name before what was done; elsewhere the
    candidate nearest to the question's own words.
    """
    kind = next((pattern for asks, pattern in _EXPECTED if asks.search(question)), None)
    if kind is None:
        return None, False
    asked = set(stems(question))
    sentence = span.of(text)
    candidates = [
        m
        for m in kind.finditer(sentence)
        if content_words(m[0]) and not set(stems(m[0])) & asked
        if kind is not _NAME or _is_name(m[0], at_start=m.start() == 0)
    ]
    if root := _asked_relation(question):
        done = _places(sentence, {root}) or [0]
        candidates = [m for m in candidates if m.end() < done[0]][-1:]
    if not candidates:
        return None, True
    anchors = _places(sentence, asked)
    best = min(candidates, key=lambda m: sum(abs(m.start() - anchor) for anchor in anchors))
    return Span(span.start + best.start(), span.start + best.end()), True


def _asked_relation(question: str) -> str:
    """The stem of what someone did where a question asks who did it, else ""."""
    asked = _ASKED_RELATION.search(question)
    return stem(asked[1]) if asked and asked[1].lower() in content_words(question) else ""


def _places(sentence: str, roots: set[str]) -> list[int]:
    return [m.start() for m in re.finditer(r"[^\W_]+", sentence) if stem(m[0]) in roots]


def _is_name(words: str, *, at_start: bool) -> bool:
    """A capital at a sentence's start makes no name, unless more of it has capitals."""
    return not at_start or " " in words or sum(map(str.isupper, words)) > 1
