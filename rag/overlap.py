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
from rag.coverage import (
    HOW_MANY,
    WHEN,
    asked_relation,
    brought_in,
    coverage,
    stems_around,
    term_weights,
)
from rag.retrieve import Hit
from rag.words import NUMBER, stem, stems

_NAME = re.compile(r"\b[A-ZÀ-Þ][\w’'-]*(?: (?:(?:of|al|de|von|bin) )?[A-ZÀ-Þ][\w’'-]*)*")
_DATE = re.compile(
    r"\b(?:(?:\d{1,2}(?:st|nd|rd|th)?\s+)?(?:January|February|March|April|May|June|July|August"
    r"|September|October|November|December)(?:\s+\d{1,2})?(?:,?\s+\d{4})?|\d{4}|(?:last |on )?"
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?: (?:morning|evening|night|afternoon))?"
    r"|\d{1,2}(?::\d\d)?\s?[ap]\.m\.|yesterday|today|tomorrow|(?:a|\w+) (?:week|month|year|day)s?"
    r" (?:later|ago|earlier|after))\b"
)
_EXPECTED = (
    (HOW_MANY, NUMBER),
    (WHEN, _DATE),
    (re.compile(r"\b(?:who|whom|whose|which group)\b", re.I), _NAME),
    (
        re.compile(
            r"\b(?:where|(?:which|what) (?:\w+ )?(?:province|place|town|region|city))\b", re.I
        ),
        _NAME,
    ),
)
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

    def read(
        self, question: str, hits: Sequence[Hit], *, typed: str | None = None
    ) -> list[Evidence]:
        """The sentences of the passages as evidence, most relevant first."""
        weights = term_weights(question, self._library)
        implied = brought_in(question, typed)
        ranked = sorted(
            (
                (hit, span, coverage(weights, hit, span, implied))
                for hit in hits
                for span in hit.passage.sentences
            ),
            key=lambda item: -item[2],
        )[:_READ_SENTENCES]
        vector = self._library.embedder.embed_question(question)
        found = [self._judge(question, vector, *item) for item in ranked]
        return sorted(found, key=lambda evidence: -evidence.relevance)

    def _judge(
        self, question: str, vector: Vectors, hit: Hit, span: Span, covered: float
    ) -> Evidence:
        sentence = span.of(hit.article.text)
        cosine = float(self._library.embedder.embed_question(sentence) @ vector)
        short, expected = _short_answer(question, hit.article.text, span)
        lacking = 1.0 if expected and short is None else 0.0
        unnamed = sum(name not in stems_around(hit) for name in _names(question))
        logit = 7.0 * covered + 4.0 * cosine - 1.5 * lacking - 2.0 * unnamed - 6.6
        confidence = 1 / (1 + math.exp(-logit))
        return Evidence(hit.article, span, confidence, confidence, short)


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
    if root := asked_relation(question):
        done = _places(sentence, {root}) or [0]
        candidates = [m for m in candidates if m.end() < done[0]][-1:]
    if not candidates:
        return None, True
    anchors = _places(sentence, asked)
    best = min(candidates, key=lambda m: sum(abs(m.start() - anchor) for anchor in anchors))
    return Span(span.start + best.start(), span.start + best.end()), True


def _places(sentence: str, roots: set[str]) -> list[int]:
    return [m.start() for m in re.finditer(r"[^\W_]+", sentence) if stem(m[0]) in roots]


def _is_name(words: str, *, at_start: bool) -> bool:
    """A capital at a sentence's start makes no name, unless more of it has capitals."""
    return not at_start or " " in words or sum(map(str.isupper, words)) > 1
