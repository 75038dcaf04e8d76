"""Words of the statement where the evidence has one that excludes them; "before" for "after"."""

from __future__ import annotations

from collections.abc import Iterator

from rag.checks.align import Pair
from rag.checks.doubts import Doubt
from rag.checks.polarity import is_negated
from rag.checks.reckoned import reckoned
from rag.checks.rivals import RIVALS

_NEAR = 6
_SHORTEST = 4
_UNDOING = ("un", "dis", "non", "in", "im", "ir", "il", "mis")
_ORDERS = {"before": "after", "after": "before"}


def contrary_words(pair: Pair) -> Iterator[Doubt]:
    """Words of the statement in whose place the evidence has one that excludes them."""
    here = {token.key for token in pair.statement.tokens}
    for at, token in enumerate(pair.statement.tokens):
        if (
            pair.there[at] is not None
            or at in reckoned(pair)
            or (token.kind != "word" and token.key not in RIVALS)
        ):
            continue
        for place in _expected(pair, at):
            other = pair.evidence.tokens[place]
            excludes = other.key in RIVALS.get(token.key, frozenset()) - here
            if (excludes or _is_undone(token.key, other.key)) and is_negated(
                pair.statement, at
            ) == is_negated(pair.evidence, place):
                yield Doubt("contrary", f"The evidence says “{other.text}”, not “{token.text}”.")
                break


def _is_undone(one: str, other: str) -> bool:
    """Whether one word is the other with a prefix that turns it round: "believe", "disbelieve"."""
    short, long = sorted((one, other), key=len)
    return len(short) >= _SHORTEST and any(long == prefix + short for prefix in _UNDOING)


def reversed_order(pair: Pair) -> Iterator[Doubt]:
    """ "Before" where the evidence has "after" between the same two things in the same order."""
    for at, token in enumerate(pair.statement.tokens):
        if token.lower not in _ORDERS:
            continue
        left = next((p for p in pair.there[:at][::-1] if p is not None), None)
        right = next((p for p in pair.there[at:] if p is not None), None)
        if left is None or right is None:
            continue
        between = {other.lower for other in pair.evidence.tokens[left + 1 : right]}
        if _ORDERS[token.lower] in between and token.lower not in between:
            yield Doubt("relation", f"The evidence says “{_ORDERS[token.lower]}”.")


def _expected(pair: Pair, at: int) -> list[int]:
    """The places in the evidence near those of the words beside a word of the statement."""
    beside = [
        pair.there[i]
        for i in range(max(0, at - _NEAR), min(len(pair.statement), at + _NEAR + 1))
        if pair.statement.sentences[i] == pair.statement.sentences[at]
    ]
    known = [place for place in beside if place is not None]
    around = {
        place
        for other in known
        for place in pair.evidence.in_sentence(pair.evidence.sentences[other])
        if abs(place - other) <= _NEAR
    }
    return sorted(around - pair.back.keys())
