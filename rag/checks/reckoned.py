"""Numbers that the evidence does not have but that follow from it: rounded, converted, reckoned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations, pairwise

from rag.checks.align import Pair, Side
from rag.checks.doubts import Doubt
from rag.checks.lists import counts
from rag.checks.numerals import SMALL_NUMBERS
from rag.checks.quantities import YEAR, Measure, measures, near_pairs, spans, year_of
from rag.checks.rounding import BEFORE, ROUGHLY, Said, around, value_of
from rag.checks.tokens import word_key

_SAME_PART = 0.005
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
        longer shorter slower faster short other others remaining rest beat""".split()
    )
    | _FALLS
    | _RISES
)
_MORE = frozenset("more fewer less".split())
_POINTS = frozenset("percentage point points".split())
_BY = frozenset({"by", "more", "fewer"})
_FURTHER = frozenset("further another additional".split())
_IN_ALL = frozenset("all total altogether together combined overall sum both between".split())
_AGES = frozenset("aged age old who is was at".split())
_LASTING = frozenset(map(word_key, "last take need".split()))
_DECADES = {f"{word[:-1]}ies": value for word, value in SMALL_NUMBERS.items() if value >= 20}
_FACTORS = {
    word: factor
    for words, factor in (
        ("halved halves halving", 0.5),
        ("twice double doubled doubles doubling twofold", 2.0),
        ("thrice triple tripled triples tripling trebled threefold", 3.0),
        ("quadruple quadrupled fourfold", 4.0),
    )
    for word in words.split()
}
_MULTIPLIERS = frozenset("twice double thrice triple quadruple".split())
_MULTIPLIED = frozenset("as the what that those its his her their our".split())
_PARTS = range(2, 7)
_MANY = 13


@lru_cache(maxsize=16)
def reckoned(pair: Pair) -> frozenset[int]:
    """The places of the statement's numbers that follow from what the evidence has, of their units
    and of words like "nearly" and "lasted" before them."""
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
        if token.key not in known or is_compared_otherwise(pair, at)
        if _follows(pair, at)
    }
    found |= {at for at in range(len(side)) if _is_factor_there(pair, at) or _is_age(pair, at)}
    roughly = {
        at
        for place in found
        for at in range(max(0, place - BEFORE), place)
        if side.tokens[at].lower in ROUGHLY or side.tokens[at].key in _LASTING
    }
    return frozenset(found | roughly)


def _is_age(pair: Pair, at: int) -> bool:
    """ "In his thirties", of a man of 34."""
    decade = _DECADES.get(pair.statement.tokens[at].lower)
    ages = (value_of(token) for token in pair.evidence.tokens if token.kind == "number")
    return decade is not None and any(decade <= age < decade + 10 for age in ages)


def other_factors(pair: Pair) -> Iterator[Doubt]:
    """ "Doubled", "twice", "halved" in the statement where the evidence's numbers, or its own such
    words, say another factor."""
    for at, token in enumerate(pair.statement.tokens):
        factor = _factor(pair.statement, at)
        if factor and not _is_factor_there(pair, at) and _has_factors(pair):
            yield Doubt("missing", f"The evidence does not say “{token.text}”.")


def _factor(side: Side, at: int) -> float | None:
    """By what a word multiplies: "doubled", "twice the mean", but not "twice" that counts times."""
    factor = _FACTORS.get(side.tokens[at].lower)
    if side.tokens[at].lower not in _MULTIPLIERS:
        return factor
    after = "".join(token.lower for token in side.tokens[at + 1 : at + 2])
    return factor if after in _MULTIPLIED else None


def _has_factors(pair: Pair) -> bool:
    side = pair.evidence
    words = any(token.lower in _FACTORS or token.lower == "half" for token in side.tokens)
    return words or any(_is_alike(side, *places) for _, _, *places in _pairs(side))


def _is_factor_there(pair: Pair, at: int) -> bool:
    factor = _factor(pair.statement, at)
    if factor is None:
        return False
    side, said = pair.evidence, Said.of(pair.statement, at, factor)
    if any(_FACTORS.get(token.lower) == factor for token in side.tokens):
        return True
    shown = {token.lower for token in side.tokens}
    along, against = (_RISES, _FALLS) if factor > 1 else (_FALLS, _RISES)
    if shown & against and not shown & along:
        return False
    ratios = (
        max(one, other) / min(one, other)
        for one, other, *places in _pairs(side)
        if min(one, other) > 0 and _is_alike(side, *places)
    )
    return any(said.fits(ratio if factor > 1 else 1 / ratio, _SAME_PART) for ratio in ratios)


def is_compared_otherwise(pair: Pair, at: int) -> bool:
    """Whether a number says how much one thing is more than another ("two more than")
    and the evidence has the number only without such a word."""
    places = pair.evidence.places.get(pair.statement.tokens[at].key, [])
    return _is_compared(pair.statement, at) and not any(
        around(pair.evidence, place, BEFORE) & _BETWEEN for place in places
    )


def _is_compared(side: Side, at: int) -> bool:
    after = side.tokens[at + 1 : at + 4]
    words = [token.lower for token in after]
    more = "than" in words or all(token.kind == "function" for token in after[1:2])
    return more and words[:1] != ["or"] and not _MORE.isdisjoint(words)


def _follows(pair: Pair, at: int) -> bool:
    said = Said.of(pair.statement, at)
    if is_compared_otherwise(pair, at):
        return _is_between(pair, said) or _is_change(pair, said)
    numbers = [other for other in pair.evidence.tokens if other.kind == "number"]
    return any(said.fits(value_of(other)) for other in numbers) or any(
        test(pair, said) for test in (_is_part, _is_change, _is_between, _is_total, _is_when)
    )


def _is_measured(pair: Pair, said: Said, measure: Measure) -> bool:
    """The same length of time, or distance, in other units, or the time between two moments."""
    rounded = Said(said.at, measure.value, said.before, said.around, said.places, said.step)
    for other in (*measures(pair.evidence), *spans(pair.evidence)):
        if other.equals(measure):
            return True
        if other.dimension == measure.dimension and rounded.fits(other.of(measure)):
            return True
    return False


def _numbers(side: Side) -> list[int]:
    """The places of the numbers that are no years."""
    return [
        at for at, token in enumerate(side.tokens) if token.kind == "number" and not year_of(token)
    ]


def _pairs(side: Side) -> Iterator[tuple[float, float, int, int]]:
    """The numbers of the evidence, two at a time: both values, in order, and their places."""
    for one, other in near_pairs(side, _numbers(side)):
        yield value_of(side.tokens[one]), value_of(side.tokens[other]), one, other


def _is_alike(side: Side, one: int, other: int) -> bool:
    """Whether two numbers count the same, as far as they say: "47 seats", "the Liberals 44"."""
    first, second = _counted(side, one), _counted(side, other)
    return not first or not second or bool(first & second)


def _counted(side: Side, at: int) -> frozenset[str]:
    """The words that stand directly after a number, two at most."""
    found = []
    for before, token in pairwise(side.tokens[at : at + 3]):
        if token.kind != "word" or side.text[before.end : token.start].strip(" -"):
            break
        found.append(token.key)
    return frozenset(found)


def _is_part(pair: Pair, said: Said) -> bool:
    """ "Half", of 35 and 70; 30, of "a third of the 90"."""
    if said.before & (_FALLS | _RISES | {"by"}):
        return False
    for one, other, *_ in _pairs(pair.evidence):
        less, more = sorted((one, other))
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
    for one, other, *places in _pairs(pair.evidence):
        less, more = sorted((one, other))
        if not 0 < less < more or not _is_alike(pair.evidence, *places):
            continue
        if said.fits((more - less) / (more if falls else less), _SAME_PART):
            return True
    return False


def _is_between(pair: Pair, said: Said) -> bool:
    """ "Three more", of 47 and 44; "the other three", of five and two; 7, of "10, cut by three"."""
    after = {token.lower for token in pair.statement.tokens[said.at + 1 : said.at + 5]}
    scale = 1 if after.isdisjoint(_POINTS) else 100
    compared = bool(said.around & _BETWEEN)
    for one, other, *places in _pairs(pair.evidence):
        if not _is_alike(pair.evidence, *places):
            continue
        if compared and said.fits(abs(one - other) * scale):
            return True
        changed = around(pair.evidence, places[1], 2) & _BY
        if changed and (said.fits(one - other) or said.fits(one + other)):
            return True
    return False


def _is_total(pair: Pair, said: Said) -> bool:
    """The sum of parts that the statement takes together, or as many as a list has members."""
    if any(said.value == count for count in counts(pair, said.at)):
        return True
    together = not said.around.isdisjoint(_IN_ALL)
    said_too = pair.statement.places if "of" in said.before else {}  # "seven of the eleven"
    side, numbers = pair.evidence, _numbers(pair.evidence)
    runs = (numbers[at : at + size] for size in _PARTS for at in range(len(numbers) - size + 1))
    return any(
        said.fits(sum(value_of(side.tokens[at]) for at in run))
        for run in runs
        if together or _are_many(side, run) or any(_is_added(side, at, said_too) for at in run)
        if all(_is_alike(side, *two) for two in combinations(run, 2))
    )


def _is_added(side: Side, at: int, said: Mapping[str, object]) -> bool:
    """Whether a number comes on top of others ("a further five"), or the statement has it too."""
    before = {token.lower for token in side.tokens[max(0, at - 2) : at]}
    return not before.isdisjoint(_FURTHER) or side.tokens[at].key in said


def _are_many(side: Side, places: Sequence[int]) -> bool:
    """Whether two or three numbers are so large that their sum is hardly there by chance."""
    return len(places) <= 3 and all(value_of(side.tokens[at]) >= _MANY for at in places)


def _is_when(pair: Pair, said: Said) -> bool:
    """A century or decade; an age from two years; a year from another and the years between."""
    side, token = pair.statement, pair.statement.tokens[said.at]
    years = {year for other in pair.evidence.tokens if (year := year_of(other)) is not None}
    after = "".join(other.lower for other in side.tokens[said.at + 1 : said.at + 2])
    if after in ("century", "centuries"):
        return any((year - 1) // 100 + 1 == said.value for year in years)
    if year_of(token) is None:
        born = said.before & _AGES and _has(pair.evidence, "born")
        return bool(born) and any(a - b - said.value in (0, 1) for a in years for b in years)
    if after == "s":
        span = 100 if said.value % 100 == 0 else 10
        return any(year - year % span == said.value for year in years)
    if _has(pair.evidence, "last", "year") and said.value + 1 in years:
        return True
    apart = [found.value for found in measures(pair.evidence) if found.size == YEAR]
    steps = [
        value for value in apart if _has(pair.evidence, "later") or _has(pair.evidence, "after")
    ]
    steps += [
        -value for value in apart if _has(pair.evidence, "earlier") or _has(pair.evidence, "before")
    ]
    return any(year + step == said.value for year in years for step in steps)


def _has(side: Side, *words: str) -> bool:
    """Whether some words stand side by side in a text."""
    shown = [token.lower for token in side.tokens]
    return any(tuple(shown[at : at + len(words)]) == words for at in range(len(shown)))
