"""The latest that is known, for a question that asks for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from rag.answer import Evidence

_ASKS_LATEST = re.compile(
    r"\b(?:latest|newest|most recent(?:ly)?|current(?:ly)?|now(?! that\b)|so far|to date|at present"
    r"|as it stands|these days|in the end|finally|eventually|still)\b",
    re.IGNORECASE,
)
_NEARLY = 0.5
"""Of the best's probability, what a later sentence must have to come before it."""
_SAME_MATTER_DAYS = 92
"""Further apart, two articles hardly tell of the same course of events."""


def latest_first(question: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence, most relevant first; where the question asks for the latest, what the newest
    article says of the sentences that are nearly as likely as the best is put before them all,
    and is as likely as the best was: that there is an answer is as sure as before."""
    if not evidence or not _ASKS_LATEST.search(question):
        return list(evidence)
    best = evidence[0]
    nearly = [item for item in evidence if item.confidence >= _NEARLY * best.confidence]
    newest = max(nearly, key=lambda item: (_days_after(best, item), item.relevance))
    if newest is best or not _days_after(best, newest):
        return list(evidence)
    first = replace(newest, confidence=best.confidence, relevance=best.relevance)
    return [first, *(item for item in evidence if item is not newest)]


def _days_after(one: Evidence, other: Evidence) -> int:
    """By how many days the other's article is later; 0 where it is not, where one has no date, and
    where they are too far apart."""
    try:
        days = (_day(other) - _day(one)).days
    except ValueError:
        return 0
    return days if 0 < days <= _SAME_MATTER_DAYS else 0


def _day(item: Evidence) -> date:
    return date.fromisoformat((item.article.published or "")[:10])
