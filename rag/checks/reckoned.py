"""Numbers that the evidence does not have but that follow from it: rounded, converted, reckoned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from rag.checks.align import Pair, Side
from rag.checks.lists import counts
from rag.checks.quantities import Measure, measures, moments, spans, year_of
from rag.checks.tokens import Token

_ABOUT = frozenset("about around roughly approximately some circa".split())
_BELOW = frozenset("nearly almost under below less fewer".split())
_ABOVE = frozenset("over more above exceeding exceeded least".split())
_ROUGHLY = _ABOUT | _BELOW | _ABOVE
_CLOSELY = frozenset("nearly almost just little slightly few".split())
_ROUNDING, _FAR = 0.06, 0.25
_EXACT = 1e-6
_SAME_PART = 0.005
_NEAR_WORDS = 3
_NEAR = 5
_APART = 1  # sentences between two numbers that are reckoned with each other
_FALLS = frozenset(
    """fell fall falls fallen drop dropped drops decline declined decrease decreased cut reduced
    shrank shrunk lost loses lower down less fewer shortened sank dived plunged""".split()
)
_RISES = frozenset(
    """rose rise rises risen grew grow grown increase increased climbed jumped gained up higher more
    added raised soared surged lengthened extended""".split()
)
_BETWEEN = (
    frozenset(
        """by ahead behind clear margin lead majority difference gap later earlier older younger
        longer shorter other others remaining rest beat""".split()
    )
    | _FALLS
    | _RISES
)
_IN_ALL = frozenset("all total altogether together combined overall sum both between".split())
_AGES = frozenset("aged age old who is was at".split())
_EXACT_LARGE = 1e6
_MOST_PARTS = 6


@lru_cache(maxsize=16)
def reckoned(pair: Pair) -> frozenset[int]:
    """The places of the statement's numbers that follow from what the evidence has, of their units
    and of words like "nearly" before them."""
    side, known = pair.statement, pair.evidence.places
    found = {
        place
        for measure in measures(side)
        if _is_measured(pair, Said.of(side, measure.first), measure)
        for place in range(measure.first, measure.last + 1)
    }
    found |= {
        at
        for at, token in enumerate(side.tokens)
        if token.kind == "number" and at not in found
        if token.key not in known and _follows(pair, at)
    }
    roughly = {
        at
        for place in found
        for at in range(max(0, place - _NEAR_WORDS), place)
        if side.tokens[at].lower in _ROUGHLY
    }
    return frozenset(found | roughly)


def _follows(pair: Pair, at: int) -> bool:
    said = Said.of(pair.statement, at)
    numbers = [other for other in pair.evidence.tokens if other.kind == "number"]
    return any(said.fits(value_of(other)) for other in numbers) or any(
        test(pair, said) for test in (_is_part, _is_change, _is_between, _is_total, _is_when)
    )


def value_of(token: Token) -> float:
    """The value of a number."""
    return float(token.key[1:])


@dataclass(frozen=True, slots=True)
class Said:
    """A number of the statement, and how exactly it is meant."""

    at: int
    value: float
    before: frozenset[str]
    around: frozenset[str]
    step: float
    """The last decimal place of a number like 2.3 million; 0 for others."""

    @classmethod
    def of(cls, side: Side, at: int) -> Said:
        token = side.tokens[at]
        near = side.tokens[max(0, at - _NEAR) : at + _NEAR + 1]
        return cls(
            at,
            value_of(token) if token.kind == "number" else 1.0,
            frozenset(other.lower for other in side.tokens[max(0, at - _NEAR_WORDS) : at]),
            frozenset(other.lower for other in near),
            _step(token) if token.kind == "number" else 0.0,
        )

    def fits(self, value: float, apart: float = _EXACT) -> bool:
        """Whether it says `value`: exactly, or as roughly as its words let it."""
        off = value - self.value
        if abs(off) <= apart:
            return True
        near = _ROUNDING if self.before & _CLOSELY else _FAR
        return bool(
            (self.before & _ABOUT and abs(off) <= _ROUNDING * value)
            or (self.before & _BELOW and -near * value <= off < 0)
            or (self.before & _ABOVE and 0 < off <= near * value)
            or abs(off) <= self.step / 2
        )


def _step(token: Token) -> float:
    """What one in the last place of a rounded number is worth, where it has two places or more."""
    digits = re.match(r"[\d,]*(?:\.(\d+))?", token.text)
    if not digits or len(re.sub(r"\D", "", digits[0])) < 2 or not (written := digits[0]):
        return 0.0
    scale = value_of(token) / float(written.replace(",", ""))
    if digits[1] is None and scale < _EXACT_LARGE:
        return 0.0
    return float(scale * 10.0 ** -len(digits[1] or ""))


def _is_measured(pair: Pair, said: Said, measure: Measure) -> bool:
    """The same length of time, or distance, in other units, or the time between two moments."""
    rounded = Said(said.at, measure.value, said.before, said.around, said.step)
    for other in (*measures(pair.evidence), *spans(pair.evidence)):
        if other.equals(measure):
            return True
        if other.dimension == measure.dimension and rounded.fits(other.of(measure)):
            return True
    return False


def _pairs(pair: Pair) -> Iterator[tuple[Token, Token]]:
    """The numbers of the evidence that count the same thing, two at a time and in order."""
    side = pair.evidence
    places = [
        at for at, token in enumerate(side.tokens) if token.kind == "number" and not year_of(token)
    ]
    for one, other in combinations(places, 2):
        if side.sentences[other] - side.sentences[one] <= _APART:
            yield side.tokens[one], side.tokens[other]


def _is_alike(side: Side, one: Token, other: Token) -> bool:
    """Whether two numbers count the same, as far as they say: "47 seats", "the Liberals 44"."""
    first, second = (_counted(side, token) for token in (one, other))
    return not first or not second or bool(first & second)


def _counted(side: Side, number: Token) -> frozenset[str]:
    """The words that stand directly after a number."""
    at = side.tokens.index(number)
    found = []
    for before, token in zip(side.tokens[at : at + 2], side.tokens[at + 1 : at + 3], strict=False):
        if token.kind != "word" or side.text[before.end : token.start].strip(" -"):
            break
        found.append(token.key)
    return frozenset(found)


def _is_part(pair: Pair, said: Said) -> bool:
    """ "Half", of 35 and 70; 30, of "a third of the 90"."""
    if "by" in said.before:
        return False
    for one, other in _pairs(pair):
        less, more = sorted((value_of(one), value_of(other)))
        if 0 < said.value < 1 and less > 0 and said.fits(less / more, _SAME_PART):
            return True
        if 0 < less < 1 < more and said.fits(less * more, _SAME_PART):
            return True
    return False


def _is_change(pair: Pair, said: Said) -> bool:
    """ "By a third", from 30 to 20; "by 50 per cent", from 2 to 3."""
    falls, rises = said.around & _FALLS, said.around & _RISES
    if not falls and not rises:
        return False
    for one, other in _pairs(pair):
        less, more = sorted((value_of(one), value_of(other)))
        if not 0 < less < more or not _is_alike(pair.evidence, one, other):
            continue
        if said.fits((more - less) / (more if falls else less), _SAME_PART):
            return True
    return False


def _is_between(pair: Pair, said: Said) -> bool:
    """ "Three more", of 47 and 44; "the other three", of five and two; 7, of "10, cut by three"."""
    points = pair.statement.tokens[said.at + 1 : said.at + 2]
    scale = 100 if points and points[0].lower in ("percentage", "point", "points") else 1
    for one, other in _pairs(pair):
        if not _is_alike(pair.evidence, one, other):
            continue
        first, second = value_of(one) * scale, value_of(other) * scale
        if said.around & _BETWEEN and said.fits(abs(first - second)):
            return True
        at = pair.evidence.tokens.index(other)
        by = {token.lower for token in pair.evidence.tokens[max(0, at - 2) : at + 3]}
        if by & {"by", "more", "fewer"} and (
            said.fits(first - second) or said.fits(first + second)
        ):
            return True
    return False


def _is_total(pair: Pair, said: Said) -> bool:
    """The sum of parts that the statement takes together, or as many as a list has members."""
    if any(said.value == count for count in counts(pair, said.at)):
        return True
    if not said.around & _IN_ALL:
        return False
    side = pair.evidence
    numbers = [token for token in side.tokens if token.kind == "number" and not year_of(token)]
    runs = (numbers[one:other] for one, other in combinations(range(len(numbers) + 1), 2))
    return any(
        said.fits(sum(map(value_of, run)))
        for run in runs
        if 1 < len(run) <= _MOST_PARTS
        if all(_is_alike(side, *two) for two in combinations(run, 2))
    )


def _is_when(pair: Pair, said: Said) -> bool:
    """An age from two years; a year from another and the years between; a century or decade."""
    token = pair.statement.tokens[said.at]
    years = [found.days / 365.25 for found in moments(pair.evidence) if found.scale == "year"]
    years += [year for other in pair.evidence.tokens if (year := year_of(other)) is not None]
    follows = pair.statement.tokens[said.at + 1 : said.at + 2]
    after = follows[0].lower if follows else ""
    if after in ("century", "centuries"):
        return any((year - 1) // 100 + 1 == said.value for year in years)
    if after == "s" and year_of(token):
        span = 100 if said.value % 100 == 0 else 10
        return any(year - year % span == said.value for year in years)
    shown = {other.lower for other in pair.evidence.tokens}
    if year_of(token) is None:
        born = "born" in shown and bool(said.before & _AGES)
        return born and any(one - other - said.value in (0, 1) for one in years for other in years)
    if "last" in shown and "year" in shown and said.value + 1 in years:
        return True
    apart = [found for found in measures(pair.evidence) if found.size == 365.25]
    signs = [
        sign
        for sign, word in ((1, "later"), (1, "after"), (-1, "earlier"), (-1, "before"))
        if word in shown
    ]
    return any(
        year + sign * found.value == said.value
        for year in years
        for found in apart
        for sign in signs
    )
