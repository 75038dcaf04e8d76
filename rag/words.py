"""Words compared as a reader compares them: by stem, with numbers read as numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from ingest.terms import content_words

NUMBER = re.compile(
    r"(?<![\w.,])\d+(?:[.,]\d+)*(?!\w)|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven"
    r"|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty"
    r"|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|dozens?|half)\b",
    re.IGNORECASE,
)
DENIAL = re.compile(
    r"\b(?:den(?:y|ies|ied|ying|ials?)|disput(?:e|es|ed|ing)|reject(?:s|ed|ing)?|refut(?:e|es|ed)"
    r"|contradict(?:s|ed)?|rebut(?:s|ted)?|dismiss(?:es|ed)?|insist(?:s|ed)? (?:that )?(?:no|not)\b"
    r"|not true|untrue|no truth|false(?:ly)?|wrong(?:ly)?)\b",
    re.IGNORECASE,
)
REVERSAL = re.compile(
    r"\b(?:overturn(?:s|ed|ing)?|annul(?:s|led)?|quash(?:es|ed)?|revers(?:es|ed)|revok(?:es|ed)"
    r"|struck down|set aside|called off|cancel(?:s|led|ed)|scrapp?ed|rescind(?:s|ed))\b",
    re.IGNORECASE,
)

REFERS_BACK = re.compile(
    r"\b(?:that|this|these|those|the) (?:claims?|tally|figures?|numbers?|tolls?|counts?|accounts?"
    r"|reports?|accusations?|charges?|allegations?|statements?|versions?|story|suggestions?)\b"
    r"|^(?:it|this|that|both|neither)\b|\b(?:it|this|that|them|both|either)[.,;:”\"]",
    re.IGNORECASE,
)


def numbers(text: str) -> set[str]:
    """The numbers of `text`, as they are written, in lower case."""
    return {found[0].lower() for found in NUMBER.finditer(text)}


def stems(text: str) -> list[str]:
    """The stems of the words of `text` that carry meaning, in order."""
    return [stem(word) for word in content_words(text)]


def distinct_stems(texts: Iterable[str]) -> set[str]:
    """The stems of several texts together."""
    return {found for text in texts for found in stems(text)}


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Porter's second English stem of a word, without a possessive ending."""
    return str(_stemmer().stemWord(re.sub(r"['’]s?$", "", word.lower())))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")
