"""What happened when: events at another time than the evidence's, in another order, or to come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rag.checks.align import Pair, Side
from rag.checks.doubts import Doubt
from rag.checks.irregular import BASE_FORMS
from rag.checks.quantities import Moment, measures, moments, unit
from rag.checks.tokens import Token

_LATER = frozenset("later afterwards afterward then next following subsequently thereafter".split())
_EARLIER = frozenset("earlier previously beforehand previous preceding".split())
_RELATIVE = frozenset("later earlier after before afterwards beforehand".split())
_SPLITS = frozenset("and but or".split())
_PARTICLES = frozenset("back off away forward apart".split())
_TO_COME = frozenset("will shall would won't".split())
_PLANS = frozenset("set planned scheduled due expected slated".split())
_OPEN = _TO_COME | frozenset("to may might could can should must if unless not never".split())
_TIMES_OF_DAY = frozenset("morning afternoon evening night noon midnight".split())
_NOT_YET = frozenset("not never until no".split())
_REACH = 4
_CLUSTER = 3
_SCALES = ("year", "month", "day", "clock")


def other_times(pair: Pair) -> Iterator[Doubt]:
    """Times of the statement that the evidence has of something else, where it has another time
    of what they go with: "opened in 2017", of what was "agreed in 2017 and opened in 2021"."""
    shown, parts = _times(pair.evidence), _parts(pair.evidence)
    keys = {token.key for token in pair.statement.tokens}
    for at, scale in _times(pair.statement).items():
        deed = _governs(pair.statement, at)
        there = [place for place in shown if _is_same(pair, at, place)]
        if deed is None or not there:
            continue
        places = pair.evidence.places.get(pair.statement.tokens[deed].key, [])
        rivals = {
            place: kind
            for place, kind in shown.items()
            if not any(_are_together(pair.evidence, place, other) for other in there)
        }
        others = [_own_time(pair.evidence, place, rivals, parts, scale, keys) for place in places]
        apart = {parts[place] for place in places}.isdisjoint(parts[place] for place in there)
        if others and None not in others and apart:
            text, word = others[0], pair.statement.tokens[deed].text
            yield Doubt("relation", f"The evidence has “{text}” with “{word}”.")


def _are_together(side: Side, one: int, other: int) -> bool:
    """Whether two times are one: "at 7:50 a.m., two minutes before"."""
    first, last = sorted((one, other))
    between = side.tokens[first + 1 : last]
    return last - first <= _CLUSTER and all(token.lower not in _SPLITS for token in between)


def _is_same(pair: Pair, at: int, place: int) -> bool:
    return pair.statement.tokens[at].key == pair.evidence.tokens[place].key


def _times(side: Side) -> dict[int, str]:
    """The places of the moments of a text and of lengths of time like "five years later", and on
    which scale they are ("" for the latter)."""
    found = {moment.at: moment.scale for moment in moments(side)}
    for measure in measures(side):
        after = side.tokens[measure.last + 1 : measure.last + 2]
        if measure.dimension == "time" and after and after[0].lower in _RELATIVE:
            found[measure.first] = ""
    return found


def _parts(side: Side) -> list[int]:
    """For each place the number of its clause, or of its part between commas, "and" and "but". A
    time that stands alone ("on Monday,") belongs to the part that follows."""
    runs: list[list[int]] = []
    for at, token in enumerate(side.tokens):
        between = side.text[side.tokens[at - 1].end : token.start] if at else ""
        new = "," in between or token.lower in _SPLITS or side.clauses[at] != side.clauses[at - 1]
        if not at or (new and _tells(side, runs[-1])) or side.opens_sentence(at):
            runs.append([])
        runs[-1].append(at)
    return [number for number, run in enumerate(runs) for _ in run]


def _tells(side: Side, places: Sequence[int]) -> bool:
    """Whether there is more than a time in a part of a text."""
    words = (side.tokens[at] for at in places)
    return any(
        token.kind in ("word", "name") and not unit(token) and token.lower not in _RELATIVE
        for token in words
    )


def _governs(side: Side, at: int) -> int | None:
    """The word before a time with nothing of weight between them: "opened", of "opened in 2017"."""
    for place in range(at - 1, max(-1, at - 1 - _REACH), -1):
        token = side.tokens[place]
        if side.clauses[place] != side.clauses[at] or token.kind in ("name", "number"):
            return None
        if token.kind == "word" and token.lower not in _PARTICLES:
            return place
    return None


def _own_time(
    side: Side, place: int, times: dict[int, str], parts: Sequence[int], scale: str, said: set[str]
) -> str | None:
    """The time of a word of the evidence that stands in its part, where it is of the same scale
    and the statement does not have it."""
    for at, other in times.items():
        if parts[at] == parts[place] and (other == scale or not other or not scale):
            token = side.tokens[at]
            if token.key not in said or not other:
                return (
                    side.text[token.start : side.tokens[min(at + 1, len(side) - 1)].end]
                    if not other
                    else token.text
                )
    return None


def other_order(pair: Pair) -> Iterator[Doubt]:
    """ "Before" or "after" in the statement where the evidence has the two the other way round, by
    its dates and hours or by words like "later"."""
    for at, token in enumerate(pair.statement.tokens):
        if token.lower not in ("before", "after") or _is_open(pair.statement, at):
            continue
        main, other = _two_events(pair, at)
        if not main or not other:
            continue
        later = _is_later(pair.evidence, main, other)
        if later is not None and later != (token.lower == "after"):
            word = pair.evidence.tokens[main[0]].text
            yield Doubt(
                "relation", f"The evidence has “{word}” {'after' if later else 'before'} that."
            )


def _is_open(side: Side, at: int) -> bool:
    here = side.in_clause(side.clauses[at])
    return any(side.tokens[i].lower in _NOT_YET for i in here if i < at)


def _two_events(pair: Pair, at: int) -> tuple[list[int], list[int]]:
    """The places in the evidence of what stands before and after a joining word, each in one
    sentence; of "After X, Y" those of Y and of X."""
    side = pair.statement
    here = side.in_sentence(side.sentences[at])
    left, right = [i for i in here if i < at], [i for i in here if i > at]
    if not any(side.tokens[i].kind == "word" for i in left):
        comma = next(
            (i for i in right if "," in side.text[side.tokens[i - 1].end : side.tokens[i].start]),
            None,
        )
        if comma is None:
            return [], []
        left, right = [i for i in right if i >= comma], [i for i in right if i < comma]
    other = _one_sentence(pair, _events(pair, right), set())
    sentences = {pair.evidence.sentences[place] for place in other}
    main = _one_sentence(pair, [p for p in _events(pair, left) if p not in other], sentences)
    return main, other


def _events(pair: Pair, places: Sequence[int]) -> list[int]:
    return [
        there
        for i in places
        if (there := pair.there[i]) is not None
        if pair.statement.tokens[i].kind in ("word", "name")
        if not unit(pair.statement.tokens[i])
        if pair.statement.tokens[i].lower not in _TIMES_OF_DAY
    ]


def _one_sentence(pair: Pair, places: Sequence[int], others: set[int]) -> list[int]:
    """The places in the sentence that has most of them, rather one that is not among others."""
    counts = Counter(pair.evidence.sentences[place] for place in places)
    best = max(counts, key=lambda s: (counts[s], s not in others), default=None)
    return sorted(place for place in places if pair.evidence.sentences[place] == best)


def _is_later(side: Side, one: Sequence[int], other: Sequence[int]) -> bool | None:
    """Whether the event at some places came after that at others; None where the text does not
    say."""
    if one[0] < other[-1] and other[0] < one[-1]:
        return None
    found = _by_moments(side, one, other)
    if found is not None:
        return found
    first, second = sorted((one, other), key=lambda places: places[0])
    if side.sentences[second[0]] - side.sentences[first[0]] > 1:
        return None
    words = _lead(side, first, second)
    if words & _LATER:
        return second is one
    if words & _EARLIER:
        return second is other
    return None


def _by_moments(side: Side, one: Sequence[int], other: Sequence[int]) -> bool | None:
    parts = _parts(side)
    known = moments(side)
    mine, its = (
        [m for m in known if parts[m.at] in {parts[p] for p in places}] for places in (one, other)
    )
    for scale in _SCALES:
        said, shown = _of_scale(mine, scale), _of_scale(its, scale)
        if said and shown and said.days != shown.days:
            return said.days > shown.days
    said, shown = _of_scale(mine, "weekday"), _of_scale(its, "weekday")
    if said and shown and (said.days - shown.days) * (said.at - shown.at) > 0:
        return said.days > shown.days  # Monday before Wednesday; of Wednesday before Monday unknown
    return None


def _of_scale(found: Sequence[Moment], scale: str) -> Moment | None:
    here = [moment for moment in found if moment.scale == scale]
    return here[0] if len(here) == 1 else None


def _lead(side: Side, first: Sequence[int], second: Sequence[int]) -> set[str]:
    """The words from the first event's to the end of the second's clause, in its sentence."""
    end = side.in_clause(side.clauses[second[-1]])[-1]
    here = [i for i in side.in_sentence(side.sentences[second[0]]) if first[-1] < i <= end]
    words = {side.tokens[i].lower for i in here}
    if any(_is_that_followed(side.tokens[i - 1 : i + 2]) for i in here if i):
        words.add("following")
    return words


def _is_that_followed(tokens: Sequence[Token]) -> bool:
    words = [token.lower for token in tokens]
    return words[1:2] == ["followed"] and (words[0] in ("that", "which") or words[2:] == ["by"])


def not_yet(pair: Pair) -> Iterator[Doubt]:
    """What the statement tells as done and the evidence as to come: "was lifted", of "will be
    lifted"."""
    for at, token in enumerate(pair.statement.tokens):
        if token.kind != "word" or pair.there[at] is None or not _is_done(pair.statement, at):
            continue
        places = pair.evidence.places[token.key]
        if all(_before(pair.evidence, place) & _TO_COME for place in places):
            yield Doubt("hedge", f"The evidence has “{token.text}” as to come.")


def only_planned(pair: Pair) -> Iterator[Doubt]:
    """Times for which the evidence says that something was only planned ("set for 12 May"), and the
    statement does not."""
    side = pair.evidence
    for at in _times(pair.statement):
        token = pair.statement.tokens[at]
        here = pair.statement.in_sentence(pair.statement.sentences[at])
        plans = {pair.statement.tokens[i].lower for i in here} & (_PLANS | _OPEN)
        places = side.places.get(token.key, [])
        planned = places and all(_is_planned(_before(side, place)) for place in places)
        if planned and not plans:
            yield Doubt("hedge", f"The evidence has “{token.text}” as planned.")


def _is_planned(words: set[str]) -> bool:
    return bool(words & (_PLANS - {"set"})) or {"set", "for"} <= words


def _is_done(side: Side, at: int) -> bool:
    """Whether a word looks like a verb of the past: "was lifted", "closed"."""
    token = side.tokens[at]
    past = token.lower.endswith("ed") or token.lower in BASE_FORMS
    return past and not _before(side, at) & _OPEN


def _before(side: Side, at: int) -> set[str]:
    here = [i for i in side.in_clause(side.clauses[at]) if at - _REACH < i < at]
    return {side.tokens[i].lower for i in here}
