"""The latest, where it is asked for: later articles first, of the same course of events."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.answer import Evidence
from rag.extract import compose
from rag.latest import latest_first
from tests.conftest import article
from tests.rag.test_extract import evidence, hit_of

FIRST = "About 240 people have been moved out of their homes."
THEN = "The county put the number of evacuees at 385."
ASKED = "How many people were moved out, by the latest count?"


def reported(text: str, day: str | None, confidence: float, short: str) -> Evidence:
    return evidence(replace(article(short, text), published=day), text, confidence, short)


@pytest.mark.parametrize(
    ("question", "day", "confidence", "comes_first"),
    [
        (ASKED, "2024-03-21", 0.4, "385"),
        ("How many have been moved out so far?", "2024-03-21", 0.4, "385"),
        ("How many people were moved out?", "2024-03-21", 0.4, "240"),
        (ASKED, "2024-03-21", 0.3, "240"),  # not nearly as likely
        (ASKED, "2025-01-18", 0.4, "240"),  # another year's evacuation
        (ASKED, "2024-03-02", 0.4, "240"),
        (ASKED, None, 0.4, "240"),
        (ASKED, "in March", 0.4, "240"),
    ],
)
def test_the_newest_of_the_nearly_best_comes_first(
    question: str, day: str | None, confidence: float, comes_first: str
) -> None:
    best = reported(FIRST, "2024-03-12", 0.7, "240")
    later = reported(THEN, day, confidence, "385")
    answer = compose(question, [best, later], [hit_of(best.article)], threshold=0.5)
    assert (answer.short, answer.confidence) == (comes_first, 0.7)


def test_nothing_is_lost_or_made_surer() -> None:
    assert latest_first(ASKED, []) == []
    found = [
        reported(FIRST, "2024-03-12", 0.2, "240"),
        reported(THEN, "2024-03-21", 0.15, "385"),
    ]
    ordered = latest_first(ASKED, found)
    assert [item.quote for item in ordered] == [THEN, FIRST]
    assert max(item.confidence for item in ordered) == 0.2
