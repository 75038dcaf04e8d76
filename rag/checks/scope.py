"""Reservations of the evidence that do not stand over the statement's words: no, said, perhaps."""

from __future__ import annotations

from collections.abc import Iterator

from rag.checks.align import Pair
from rag.checks.doubts import Doubt, Kind

_WORDS = frozenset({"VERB", "ADJ", "NOUN", "NUM"})
# For each reservation of `Scope`, its kind of doubt, the share of the statement's content words
# from which it counts in full, and how a person is told.
_LOST: tuple[tuple[str, Kind, float, str], ...] = (
    ("negated", "unnegated", 0.6, "The evidence negates “{}”."),
    ("said", "reported", 0.6, "The evidence has “{}” from a speaker."),
    ("doubtful", "unsure", 0.5, "The evidence is not sure of “{}”."),
)


def lost_reservations(pair: Pair) -> Iterator[Doubt]:
    """Negations, speakers and caution that stand over words of the evidence wherever it has them,
    and not over the same words of the statement: the stronger, the more words."""
    said, shown = pair.syntax
    lost: dict[str, list[str]] = {}
    content = len(list(pair.statement.content()))
    for number, word in enumerate(said.words):
        places = shown.by_key.get(word.key, [])
        if word.pos not in _WORDS or not places or word.place is None:
            continue
        if pair.statement.tokens[word.place].kind == "function":
            continue
        here, there = said.scope(number), [shown.scope(place) for place in places]
        for name, *_ in _LOST:
            if not getattr(here, name) and all(getattr(scope, name) for scope in there):
                lost.setdefault(name, []).append(word.text)
    for name, kind, full, reason in _LOST:
        if name in lost:
            strength = min(1.0, len(lost[name]) / content / full)
            yield Doubt(kind, reason.format(" ".join(lost[name])), strength)
