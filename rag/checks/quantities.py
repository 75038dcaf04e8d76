"""What a text measures: lengths of time, distances, weights; and the moments that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from rag.checks.align import Side
from rag.checks.tokens import Token, word_key
from rag.mentions import DAYS as WEEKDAYS

_SIZES = {
    "time": {  # days
        "second": 1 / 86_400,
        "minute": 1 / 1_440,
        "hour": 1 / 24,
        "day night": 1.0,
        "week": 7.0,
        "month": 365.25 / 12,
        "year": 365.25,
        "decade": 3_652.5,
        "century": 36_525.0,
    },
    "length": {  # metres
        "centimetre centimeter cm": 0.01,
        "inch": 0.0254,
        "foot feet": 0.3048,
        "yard": 0.9144,
        "metre meter": 1.0,
        "kilometre kilometer km": 1_000.0,
        "mile": 1_609.344,
    },
    "weight": {  # kilograms
        "gram": 0.001,
        "ounce": 0.02835,
        "pound": 0.4536,
        "kilogram kilo kg": 1.0,
        "tonne ton": 1_000.0,
    },
    "area": {"acre": 0.4047, "hectare": 1.0},
}
_UNITS = {
    word_key(word): (dimension, size)
    for dimension, sizes in _SIZES.items()
    for words, size in sizes.items()
    for word in words.split()
}
_ONE = frozenset("a an one past last".split())  # "a year", "over the past decade"
DAY, YEAR = 1.0, 365.25
_SAME = 0.05  # of the unit that is said, between two units of time
_ROUNDED = 0.03  # between two units of anything else: "50 miles", "80 kilometres"


@dataclass(frozen=True, slots=True)
class Measure:
    """So much of something, from token `first` to token `last`: `value` units of `size`, which is
    in days, metres, kilograms or hectares."""

    first: int
    last: int
    dimension: str
    value: float
    size: float

    def of(self, other: Measure) -> float:
        """How many of `other`'s units this is."""
        return self.value * self.size / other.size

    def equals(self, other: Measure) -> bool:
        """Whether this is as much as `other` says: exactly in one unit, closely in two."""
        if self.dimension != other.dimension:
            return False
        if self.size == other.size:
            return abs(self.value - other.value) < 1e-6
        apart = _SAME if self.dimension == "time" else _ROUNDED * other.value
        return abs(self.of(other) - other.value) <= apart


def unit(token: Token) -> tuple[str, float] | None:
    """The dimension and size of the unit that a word names."""
    return _UNITS.get(token.key) if token.kind == "word" else None


def measures(side: Side) -> Iterator[Measure]:
    """What a text measures: "nine hours", "a year and a half", "half a year", "a fortnight"."""
    for at, token in enumerate(side.tokens):
        if token.lower.endswith("fortnight"):
            yield Measure(at, at, "time", 14.0, DAY)
            continue
        if token.kind == "number":
            value = float(token.key[1:])
        elif token.lower in _ONE:
            value = 1.0
        else:
            continue
        here = _unit_place(side, at, value)
        if here == len(side) or (found := unit(side.tokens[here])) is None:
            continue
        if [other.lower for other in side.tokens[here + 1 : here + 4]] == ["and", "a", "half"]:
            yield Measure(at, here + 3, found[0], value + 0.5, found[1])
        else:
            last = here if here == at + 1 or side.tokens[here - 1].kind != "number" else at
            yield Measure(at, last, found[0], value, found[1])


def _unit_place(side: Side, at: int, value: float) -> int:
    """Where the unit of a number would stand: next; after "half a"; after "two of his six"."""
    here = at + 1
    if 0 < value < 1:
        while here < len(side) and side.tokens[here].lower in ("of", "a", "an"):
            here += 1
    if [token.lower for token in side.tokens[here : here + 1]] != ["of"]:
        return here
    wholes = (
        i for i in range(here + 1, min(here + 4, len(side))) if side.tokens[i].kind == "number"
    )
    return next(wholes, here - 1) + 1


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time that a text names: on what scale ("clock", "day", "month", "year",
    "weekday"), where on it, in days, and at which token."""

    scale: str
    days: float
    at: int


def moments(side: Side) -> list[Moment]:
    """The points in time that a text names, in order. A day or month without a year is taken for
    one of the first year that the text names."""
    years = (year for token in side.tokens if (year := year_of(token)) is not None)
    assumed = next(years, 2000)
    found = (_moment(side, at, assumed) for at in range(len(side)))
    return [moment for moment in found if moment is not None]


def _moment(side: Side, at: int, assumed: int) -> Moment | None:
    token = side.tokens[at]
    if token.key.startswith("~"):
        return Moment("clock", _minutes(token) / 1_440, at)
    if token.key.startswith("@"):
        month, _, day = token.key[1:].partition("-")
        if not 1 <= int(month) <= 12:  # "2021-99-99"
            return None
        year = year_of(side.tokens[at + 1]) if at + 1 < len(side) else None
        days = date(year or assumed, int(month), 1).toordinal() + int(day or 1) - 1
        return Moment("day" if day else "month", float(days), at)
    if token.kind == "date" and token.text in WEEKDAYS:
        return Moment("weekday", float(WEEKDAYS.index(token.text)), at)
    if (year := year_of(token)) is None or (at and side.tokens[at - 1].key.startswith("@")):
        return None
    return Moment("year", year * YEAR, at)


def year_of(token: Token) -> int | None:
    """The year that a number looks like."""
    if token.kind != "number" or not re.fullmatch(r"(?:1[1-9]|20)\d\d", token.text):
        return None
    return int(token.text)


def _minutes(token: Token) -> int:
    """Minutes since midnight."""
    hour, minute = map(int, token.key[1:].split(":"))
    written = re.match(r"\d+", token.text)
    late = token.lower.replace(".", "").endswith("pm") or (written and int(written[0]) > 12)
    return (hour + 12 * bool(late and hour < 12)) * 60 + minute


def spans(side: Side) -> Iterator[Measure]:
    """The lengths of time between two moments of one scale, those of the clock and the week in the
    order of the text: 06:10 and 15:00, 1 March and 13 March, Wednesday and Friday, 1996 and 2003.
    """
    known = {moment.at: moment for moment in moments(side)}
    for first, last in near_pairs(side, list(known)):
        one, other = known[first], known[last]
        if one.scale != other.scale:
            continue
        apart = other.days - one.days
        size = {"month": YEAR / 12, "year": YEAR}.get(one.scale, DAY)
        if one.scale == "clock":
            apart, size = apart % 1, 1 / 1_440
        elif one.scale == "weekday":
            apart %= 7
        yield Measure(first, last, "time", round(abs(apart) / size, 3), size)


def near_pairs(side: Side, places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Two of some places at a time, in order, where they stand in one sentence or in two that
    follow each other."""
    for index, first in enumerate(places):
        for last in places[index + 1 :]:
            if side.sentences[last] - side.sentences[first] > 1:
                break
            yield first, last
