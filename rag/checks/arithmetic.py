"""Numbers of the statement that are not in the evidence but follow from what is: lengths of time,
parts, differences, sums, rounding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from rag.checks.align import Pair, Side

DAYS = {
    "second": 1 / 86_400,
    "minute": 1 / 1_440,
    "hour": 1 / 24,
    "day": 1.0,
    "night": 1.0,
    "week": 7.0,
    "month": 365.25 / 12,
    "year": 365.25,
    "decade": 3_652.5,
    "century": 36_525.0,
}
_MONTH_STARTS = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_ABOUT = frozenset("about around roughly approximately some".split())
_BELOW = frozenset("nearly almost under below less fewer".split())
_ABOVE = frozenset("over more above".split())
_COMPARING = frozenset(
    """more less fewer ahead behind clear above below higher lower up down rise rose risen increase
    increased grew grown fell fallen fall drop dropped lost gained gain difference gap margin lead
    majority later earlier older younger longer shorter other others remaining rest left""".split()
)
_TOTALLING = frozenset("total all altogether together combined overall sum both".split())
_SAME_PART = 0.005
_SAME_TIME = 0.02
_ROUNDING = 0.06
_FAR = 0.25
_BESIDE = 5


def follows(pair: Pair, at: int) -> bool:
    """Whether the number at a place of the statement follows from the evidence: the same length of
    time in another unit or between two dates, a part that one number is of another ("half", of 35
    and 70), a difference or sum where the words beside it speak of one, or a number rounded that
    says so ("nearly nine hours")."""
    side, before = pair.statement, _words(pair.statement, at - 2, at)
    value = float(side.tokens[at].key[1:])
    time = duration(side, at)
    if time is not None and any(
        _is_near(time, other, before, _SAME_TIME) for other in _times(pair.evidence)
    ):
        return True
    known = sorted({float(key[1:]) for key in pair.evidence.places if key.startswith("#")})
    near = _words(side, at - _BESIDE, at) | _words(side, at + 1, at + _BESIDE)
    return any(
        _is_near(value, other, before, _SAME_PART) for other in _made(known, value, near)
    ) or any(_is_rounded(value, other, before) for other in known)


def duration(side: Side, at: int) -> float | None:
    """The length of time, in days, that a number or "a" and the word after it give; else None.
    "Half", after "a year and a", gives a year and a half."""
    token = side.tokens[at]
    unit = DAYS.get(side.tokens[at + 1].lower.rstrip("s")) if at + 1 < len(side) else None
    if token.lower in ("a", "an"):
        return unit
    if token.kind != "number":
        return None
    value = float(token.key[1:])
    before = [other.lower for other in side.tokens[max(0, at - 3) : at]]
    if unit is None and value == 0.5 and before[1:] in (["and", "a"], ["and"]):
        whole = DAYS.get(before[0].rstrip("s"))
        return whole * 1.5 if whole else None
    return value * unit if unit else None


def _words(side: Side, start: int, end: int) -> set[str]:
    return {token.lower for token in side.tokens[max(0, start) : max(0, end)]}


def _is_near(value: float, other: float, before: set[str], apart: float) -> bool:
    return abs(other - value) <= apart * other or _is_rounded(value, other, before)


def _is_rounded(value: float, other: float, before: set[str]) -> bool:
    """Whether a number rounds another one and the words before it say so."""
    if value == other:
        return False
    far = abs(value - other) <= _FAR * other
    return bool(
        (before & _ABOUT and abs(value - other) <= _ROUNDING * other)
        or (before & _BELOW and other < value and far)
        or (before & _ABOVE and other > value and far)
    )


def _made(known: Sequence[float], value: float, near: set[str]) -> Iterator[float]:
    """What two numbers of the evidence make: a part, a difference, a sum."""
    for less, more in combinations(known, 2):
        if 0 < value < 1 and less > 0:
            yield less / more
        if _is_year(less) or _is_year(more):
            continue
        if near & _COMPARING:
            yield more - less
        if near & _TOTALLING:
            yield more + less


def _is_year(value: float) -> bool:
    return value.is_integer() and 1500 <= value <= 2100


def _times(side: Side) -> Iterator[float]:
    """The lengths of time in a text, in days: said outright, or between two of its days, years or
    times of day."""
    yield from (time for at in range(len(side)) if (time := duration(side, at)) is not None)
    for stamps in (_days(side), _years(side), _clocks(side)):
        yield from (more - less for less, more in combinations(sorted(stamps), 2))
    yield from (0.5 - (more - less) for less, more in combinations(sorted(_clocks(side)), 2))


def _days(side: Side) -> set[float]:
    """The days of the year that a text names, counted from its beginning."""
    stamps = (key[1:].split("-") for key in side.places if key.startswith("@") and "-" in key)
    return {float(_MONTH_STARTS[int(month) - 1] + int(day)) for month, day in stamps}


def _years(side: Side) -> set[float]:
    numbers = (token.text for token in side.tokens if token.kind == "number")
    return {int(text) * DAYS["year"] for text in numbers if text.isdecimal() and len(text) == 4}


def _clocks(side: Side) -> set[float]:
    stamps = (key[1:].split(":") for key in side.places if key.startswith("~"))
    return {int(hour) / 24 + int(minute) / 1_440 for hour, minute in stamps}
