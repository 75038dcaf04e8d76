"""A question in plainer words for the reader: search phrases, and roundabout words for a claim."""

from __future__ import annotations

import re

_ASKS = re.compile(
    r"\b(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|has|have|had"
    r"|can|could|will|would|should)\b",
    re.IGNORECASE,
)
_ACTOR = r"(?:who|(?:which|what) (?:[\w-]+ )?(?:group|party|organi[sz]ation|network|army|country))"
_ROUNDABOUT = (
    (
        re.compile(
            r"\b(?:said|says|say) (?:that )?(?:it|they|he|she) (?:was|were|is|are)"
            r" (?:behind|responsible for)\b",
            re.IGNORECASE,
        ),
        "claimed responsibility for",
    ),
    (re.compile(r"\btook credit for\b", re.IGNORECASE), "claimed responsibility for"),
    (
        re.compile(
            rf"^({_ACTOR} (?:is|are|was|were)) behind (?!(?:the )?(?:bars?|wheel|counter|desk)\b)",
            re.IGNORECASE,
        ),
        r"\1 responsible for ",
    ),
)
# What is wanted stands behind what it is wanted of: "kabul airport bombing number of dead".
_SEARCH_PHRASES = (
    (re.compile(r"^(.+?) (?:number|count) of (.+)$", re.IGNORECASE), r"How many \2 in \1?"),
    (
        re.compile(r"^(.+?) (?:death toll|death count|fatalities|casualties)$", re.IGNORECASE),
        r"How many people died in \1?",
    ),
)


def plain(question: str) -> str:
    """The question in words that articles use, and a search phrase for a number as a question."""
    for roundabout, words in _ROUNDABOUT:
        question = roundabout.sub(words, question)
    if not _ASKS.search(question):
        for phrase, asked in _SEARCH_PHRASES:
            question = phrase.sub(asked, question)
    return question
