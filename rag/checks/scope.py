"""Reservations of the evidence that do not stand over the statement's words: no, said, perhaps."""

from __future__ import annotations

from collections.abc import Iterator

from rag.checks.align import Pair
from rag.checks.doubts import Doubt, Kind
from rag.checks.syntax import Word

_WORDS = frozenset({"VERB", "ADJ", "NOUN", "NUM"})
# For each reservation of `Scope`, its kind of doubt, the share of the statement's content words
# from which it counts in full, and how a person is told.
_LOST: tuple[tuple[str, Kind, float, str], ...] = (
    ("negated", "unnegated", 0.6, "The evidence negates “{}”."),
    ("said", "reported", 0.6, "The evidence has “{}” from a speaker."),
    ("doubtful", "unsure", 0.5, "The evidence is not sure of “{}”."),
)
_WHOLE = frozenset({"negated", "doubtful"})
"""What changes the whole sentence where it stands over its main verb. A speaker may have told
what goes with that alone: "said on Monday"."""


def lost_reservations(pair: Pair) -> Iterator[Doubt]:
    """Negations, speakers and caution that stand over words of the evidence wherever it has them,
    and not over the same words of the statement: the stronger, the more words, and in full where
    the main verb is one of them."""
    said, shown = pair.syntax
    lost: dict[str, list[Word]] = {}
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
                lost.setdefault(name, []).append(word)
    for name, kind, full, reason in _LOST:
        if name in lost:
            main = name in _WHOLE and any(word.dep == "ROOT" for word in lost[name])
            strength = 1.0 if main else min(1.0, len(lost[name]) / content / full)
            yield Doubt(kind, reason.format(" ".join(word.text for word in lost[name])), strength)
