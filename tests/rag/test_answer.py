"""Answers: what cannot be made, and the documented JSON form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.article import Article, Span
from rag.answer import ABSTENTION, Answer, AnswerSentence, Citation, Evidence
from tests.conftest import ARTICLES

MINE = ARTICLES[0]


def cite(number: int, quote: str, article: Article = MINE) -> Citation:
    start = article.text.index(quote)
    return Citation(number, article, start, start + len(quote), quote)


CLAIM = "The attack killed 14 miners and wounded 30 others."
DENIAL = "The governor of Ostrava, Lena Marsh, denied that 14 miners had died."
ANSWER = Answer(
    question="How many died?",
    sentences=(
        AnswerSentence(CLAIM, "quote", (cite(1, CLAIM),)),
        AnswerSentence(DENIAL, "quote", (cite(2, DENIAL),), "dispute"),
    ),
    confidence=0.93456,
    short="14 miners",
    timings_ms={"total": 12.345},
    engine={"reader": "overlap"},
)


def test_the_json_form_is_the_documented_one() -> None:
    start = MINE.text.index(CLAIM)
    expected: dict[str, Any] = {
        "question": "How many died?",
        "standalone_question": None,
        "answered": True,
        "short": "14 miners",
        "text": f"{CLAIM} [1] {DENIAL} [2]",
        "sentences": [
            {"text": CLAIM, "kind": "quote", "stance": "answer", "citations": [1]},
            {"text": DENIAL, "kind": "quote", "stance": "dispute", "citations": [2]},
        ],
        "closest": [],
        "confidence": 0.9346,
        "copied": 0,
        "replaced": 0,
        "dropped": 0,
        "timings_ms": {"total": 12.3},
        "engine": {"reader": "overlap"},
    }
    form = ANSWER.json()
    assert {name: form[name] for name in expected} == expected
    assert [c["number"] for c in form["citations"]] == [1, 2]
    first = {
        "number": 1,
        "start": start,
        "end": start + len(CLAIM),
        "quote": CLAIM,
        "version": MINE.version,
        "page": None,
    }
    assert {name: form["citations"][0][name] for name in first} == first
    about = {
        "id": MINE.id,
        "title": "Front claims attack on Velm mine",
        "url": "https://ridge-daily.example/velm",
        "source": "/news/mine.txt",
        "author": "Ines Dahl",
        "published": "2023-05-10",
    }
    assert {name: form["citations"][0]["article"][name] for name in about} == about
    assert json.loads(json.dumps(form)) == form


def test_the_json_form_of_an_abstention() -> None:
    nearest = cite(1, CLAIM)
    answer = Answer("Who?", (AnswerSentence(ABSTENTION, "abstention"),), 0.1, closest=(nearest,))
    form = answer.json()
    assert form["answered"] is False
    assert form["short"] is None
    assert form["text"] == "The articles do not say."
    assert form["sentences"] == [
        {"text": ABSTENTION, "kind": "abstention", "stance": "answer", "citations": []}
    ]
    assert form["citations"] == []
    assert form["closest"] == [nearest.json()]


@pytest.mark.parametrize(
    ("start", "end", "quote"),
    [
        (0, 3, "the"),
        (0, 4, "The"),
        (1, 4, "The"),
        (0, 0, ""),
        (5, 5, ""),
        (len(MINE.text), len(MINE.text) + 5, ""),
        (len(MINE.text) - 8, len(MINE.text) + 5, MINE.text[-8:]),
        (-8, -1, MINE.text[-8:-1]),
        (-len(MINE.text), 3, "The"),
        (3, 0, "The"),
    ],
)
def test_a_citation_that_does_not_hold_cannot_be_made(start: int, end: int, quote: str) -> None:
    with pytest.raises(ValueError, match=r"Citation \[1\] does not hold"):
        Citation(1, MINE, start, end, quote)


@given(st.integers(-30, 600), st.integers(-30, 600), st.sampled_from(ARTICLES), st.booleans())
def test_a_citation_holds_exactly_when_it_can_be_made(
    start: int, end: int, article: Article, honest: bool
) -> None:
    quote = article.text[start:end] if honest else "The"
    holds = 0 <= start < end <= len(article.text) and article.text[start:end] == quote
    try:
        citation = Citation(1, article, start, end, quote)
    except ValueError:
        assert not holds
    else:
        assert holds
        assert citation.version == article.version


@pytest.mark.parametrize(
    ("text", "kind", "cited"),
    [
        ("The mine was shelled.", "quote", False),
        ("The mine was shelled.", "generated", False),
        ("The mine was shelled.", "abstention", False),
        (ABSTENTION, "abstention", True),
    ],
)
def test_a_sentence_is_cited_or_is_the_abstention(text: str, kind: Any, cited: bool) -> None:
    with pytest.raises(ValueError, match="abstention"):
        AnswerSentence(text, kind, (cite(1, CLAIM),) if cited else ())


def test_text_marks_every_sentence_and_citations_come_once_by_number() -> None:
    one, two = cite(1, CLAIM), cite(2, DENIAL)
    both = AnswerSentence("It was shelled.", "generated", (two, one))
    answer = Answer("Who?", (both, AnswerSentence(CLAIM, "quote", (one,))), 0.5)
    assert answer.text == f"It was shelled. [2][1] {CLAIM} [1]"
    assert answer.citations == (one, two)
    assert answer.answered


def test_evidence_quotes_the_sentence_itself() -> None:
    start = MINE.text.index(CLAIM)
    evidence = Evidence(MINE, Span(start, start + len(CLAIM)), 0.5, 0.5)
    assert evidence.quote == CLAIM
