"""Caution in the evidence that the statement drops: "up to 35", "may mean", "is expected to"."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from rag.checks.align import Pair, Side
from rag.checks.doubts import Doubt


@dataclass(frozen=True)
class Hedge:
    """One way to be cautious: words whose loss changes what is said (`lost`), and words that may
    stand for them besides (`kept`), as regular expressions; whether it is of numbers."""

    lost: str
    kept: str
    of_numbers: bool = False

    @cached_property
    def is_lost(self) -> re.Pattern[str]:
        return _pattern(self.lost)

    @cached_property
    def is_kept(self) -> re.Pattern[str]:
        return _pattern(f"{self.lost} {self.kept}")


def _pattern(forms: str) -> re.Pattern[str]:
    """Any of the forms, which blanks separate; "_" stands for a blank."""
    return re.compile(rf"\b(?:{'|'.join(forms.split())})\b".replace("_", " "), re.IGNORECASE)


HEDGES = (
    Hedge(
        "up_to as_(?:many|much|long|far)_as at_most almost nearly (?:less|fewer)_than no_more_than",
        "not_more_than a_maximum_of under below or_(?:less|fewer) just_short_of capacity",
        of_numbers=True,
    ),
    Hedge(
        r"at_least more_than upwards_of over(?=_\d) (?:no|not)_(?:fewer|less)_than",
        r"above in_excess_of or_more exceed(?:s|ed|ing)? a_minimum_of greater_than over double",
        of_numbers=True,
    ),
    Hedge(
        r"between(?=_\d)",
        "from up_to at_least at_most as_(?:many|much|few)_as over under some",
        of_numbers=True,
    ),
    Hedge(
        r"(?:about|around|some)(?=_\d) roughly approximately an_estimated",
        r"about around some estimated estimates? or_so close_to nearly almost just_(?:over|under)"
        r" more_or_less an_estimate_of",
        of_numbers=True,
    ),
    Hedge(
        r"(?:may(?!_\d)|might|could)(?!_(?:not|neither|no)\b) possibly perhaps maybe probably"
        r" likely apparently seems?(?:_to)? seemed(?:_to)? appear(?:s|ed)?_to suspected",
        "can possible potential(?:ly)? presumably possibility chance risks?_that if unclear"
        " fear(?:s|ed)? believed thought hope[sd]? unconfirmed preliminary",
    ),
    Hedge(
        "reportedly allegedly alleged supposedly rumou?red believed_to thought_to said_to"
        " estimated_to",
        "estimate[sd]? purported(?:ly)? so-called claim(?:s|ed)?_to reports? say says said"
        " according believes? thinks? alleges? suspects? suspected accused? accuses",
    ),
    Hedge(
        "(?:is|are|was|were)_expected_to plan(?:s|ned)?_to intend(?:s|ed)?_to aims?_to"
        " hop(?:es|ed|ing)_to (?:is|are)_(?:due|set)_to",
        "expect(?:s|ed)? due_to set_to wants?_to wanted_to propos(?:es|ed|al) would will to_be"
        " scheduled plan(?:s|ned)? if once should promised? promises due hope[sd]? intend(?:s|ed)?",
    ),
    Hedge(
        "often usually sometimes generally typically mostly partly rarely",
        "mainly largely frequently occasionally in_most_cases tends?_to most",
    ),
)
_BREAK = re.compile(r"[,.!?;](?!\d)")
_REACH = 5  # words after the hedge


def dropped(pair: Pair) -> Iterator[Doubt]:
    """The cautious words of the evidence that hold for something the statement says flatly."""
    for hedge in HEDGES:
        for match in hedge.is_lost.finditer(pair.evidence.text):
            target = _target(pair, match.end(), hedge)
            if target is not None and not _is_hedged(pair.statement, pair.back[target], hedge):
                word = pair.evidence.tokens[target].text
                yield Doubt("hedge", f"The evidence says “{match[0]} … {word}”.")


def _target(pair: Pair, end: int, hedge: Hedge) -> int | None:
    """What the words that end at `end` hold for: in their clause the next number, or the next
    word, that the statement has too."""
    side = pair.evidence
    wanted = "number" if hedge.of_numbers else "word"
    first = bisect_left(side.tokens, end, key=lambda token: token.start)
    for at in range(first, min(first + _REACH, len(side))):
        if side.clauses[at] != side.clauses[first] or _BREAK.search(
            side.text, end, side.tokens[at].start
        ):
            return None
        if at in pair.back and side.tokens[at].kind == wanted:
            return at
    return None


def _is_hedged(side: Side, at: int, hedge: Hedge) -> bool:
    """Whether words of the same caution stand in the sentence of `at`, for numbers near it."""
    if hedge.of_numbers:
        first, last = max(0, at - 5), min(len(side) - 1, at + 3)
    else:
        here = side.in_sentence(side.sentences[at])
        first, last = here[0], here[-1]
    text = side.text[side.tokens[first].start : side.tokens[last].end]
    return bool(hedge.is_kept.search(text))
