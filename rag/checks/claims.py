"""What a statement says outright that its evidence must hold: numbers, dates, names, quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.checks.align import Pair, Side
from rag.checks.doubts import Doubt, Kind
from rag.checks.lists import other_counts
from rag.checks.quantities import unit
from rag.checks.reckoned import is_compared_otherwise, reckoned
from rag.checks.tokens import Token

_QUOTED = re.compile(r"“([^”]+)”|\"([^\"]+)\"")
_SHORTEST_STEM = 4
# "one of them" counts nothing, and where something "also" happened is no second of two.
_HARDLY_NUMBERS = frozenset({"#1", "#0"})
_FEW = frozenset({"#2", "#3", "#4"})


def missing(pair: Pair) -> Iterator[Doubt]:
    """Numbers, dates and names of the statement that the evidence does not have.

    A number that follows from what the evidence has, or rounds it and says so, is there.
    """
    known = {token.key for token in pair.evidence.tokens}
    for at, token in enumerate(pair.statement.tokens):
        if token.kind not in ("number", "date", "name") or token.key in _HARDLY_NUMBERS:
            continue
        unfounded = token.kind == "number" and is_compared_otherwise(pair, at)
        if at in reckoned(pair) or (_is_known(token, known) and not unfounded):
            continue
        few = _counts_few(pair.statement, at) and not other_counts(pair, at)
        kind: Kind = "count" if few else "missing"
        yield Doubt(kind, f"“{token.text}” is not in the evidence.")


def _counts_few(side: Side, at: int) -> bool:
    """Whether a number in words only counts a few things, which the evidence may have by name."""
    token = side.tokens[at]
    few = token.kind == "number" and token.key in _FEW and not token.text.isdecimal()
    return few and not any(map(unit, side.tokens[at + 1 : at + 2]))


def _is_known(token: Token, known: set[str]) -> bool:
    if token.key in known:
        return True
    if token.kind == "name":  # "Iranian" where the evidence has "Iran", or the other way round
        return any(_same_root(token.key, other) for other in known)
    if token.key.endswith(":00") and f"#{token.key[1:-3]}" in known:  # "7 pm", where it has "at 7"
        return True
    if token.key.startswith("@"):  # a month where the evidence has a day of it
        return any(other.startswith(f"{token.key}-") for other in known)
    return False


def _same_root(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= _SHORTEST_STEM and long.startswith(short) and len(long) - len(short) <= 3


def altered_quotes(pair: Pair) -> Iterator[Doubt]:
    """The words between quotation marks that do not stand so in the evidence."""
    plain = _plain(pair.evidence.text)
    for match in _QUOTED.finditer(pair.statement.text):
        quoted = match[1] or match[2]
        if f" {_plain(quoted)} " not in f" {plain} ":
            yield Doubt("quote", f"The evidence does not have the words “{quoted}”.")


def _plain(text: str) -> str:
    """Words alone, in lower case."""
    return " ".join(re.findall(r"[^\W_]+", text.replace("’", "'").lower()))
