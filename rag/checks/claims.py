"""What a statement says outright that its evidence must hold: numbers, dates, names, quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.checks.align import Pair, Side
from rag.checks.doubts import Doubt
from rag.checks.tokens import Token

_QUOTED = re.compile(r"“([^”]+)”|\"([^\"]+)\"")
_SHORTEST_STEM = 4
# "one of them" counts nothing, and where something "also" happened is no second of two.
_HARDLY_NUMBERS = frozenset({"#1", "#0"})
_SAME_PART = 0.005
_ROUNDING = 0.06
_FAR = 0.25
_ABOUT = frozenset("about around roughly approximately some".split())
_BELOW = frozenset("nearly almost under below less fewer".split())
_ABOVE = frozenset("over more above".split())
_SAME_TIME = 0.02
DAYS = {
    "second": 1 / 86_400,
    "minute": 1 / 1_440,
    "hour": 1 / 24,
    "day": 1.0,
    "week": 7.0,
    "month": 365.25 / 12,
    "year": 365.25,
    "decade": 3_652.5,
}


def missing(pair: Pair) -> Iterator[Doubt]:
    """Numbers, dates and names of the statement that the evidence does not have.

    A number that follows from two of the evidence, or rounds one and says so, is there.
    """
    known = {token.key for token in pair.evidence.tokens}
    values = sorted({float(key[1:]) for key in known if key.startswith("#")})
    for at, token in enumerate(pair.statement.tokens):
        if token.kind not in ("number", "date", "name") or token.key in _HARDLY_NUMBERS:
            continue
        if _is_known(token, known):
            continue
        if token.kind == "number" and _follows(pair, at, values):
            continue
        yield Doubt("missing", f"“{token.text}” is not in the evidence.")


def _follows(pair: Pair, at: int, known: Sequence[float]) -> bool:
    """Whether a number of the statement is the same length of time as one of the evidence, is a
    part that one of its numbers is of another ("half", of 35 and 70), or rounds one and says so."""
    value = float(pair.statement.tokens[at].key[1:])
    before = {token.lower for token in pair.statement.tokens[max(0, at - 2) : at]}
    if (time := duration(pair.statement, at)) is not None:
        times = (duration(pair.evidence, place) for place in range(len(pair.evidence)))
        if any(other and abs(other - time) < _SAME_TIME * time for other in times):
            return True
    if 0 < value < 1:
        known = [one / other for one in known for other in known if 0 < one < other]
        if any(abs(part - value) < _SAME_PART for part in known):
            return True
    near = [one for one in known if one != value and abs(one - value) <= _ROUNDING * one]
    further = [one for one in known if one != value and abs(one - value) <= _FAR * one]
    return bool(
        (before & _ABOUT and near)
        or (before & _BELOW and any(one < value for one in further))
        or (before & _ABOVE and any(one > value for one in further))
    )


def duration(side: Side, at: int) -> float | None:
    """The length of time, in days, that a number and the word after it give; else None."""
    token = side.tokens[at]
    if token.kind != "number" or at + 1 == len(side):
        return None
    unit = DAYS.get(side.tokens[at + 1].lower.rstrip("s"))
    return float(token.key[1:]) * unit if unit else None


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
