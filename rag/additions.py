"""What the statement adds: details between words that stand together, and reasons of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.align import Pair
from rag.doubts import Doubt
from rag.words import stem

_CAUSES = re.compile(
    r"\b(?:because|due to|owing to|thanks to|in (?:response|reaction|retaliation) (?:to|for)"
    r"|as a (?:result|consequence)|therefore|caus(?:e[sd]?|ing)|led to|leading to|resulted in"
    r"|so that|prompt(?:s|ed|ing)|trigger(?:s|ed|ing)|sent|forc(?:es?|ed|ing)|blam(?:es?|ed|ing)"
    r"|in order to|motivated by|over its|as punishment|in protest)\b",
    re.IGNORECASE,
)
_LIKE_CAUSES = frozenset("by for from with over since as made makes".split())
# Words that carry little: what is said by them is said by the words beside them.
_LIGHT = frozenset(
    map(
        stem,
        """come go take make give get have do fail say tell according also each own while until
        about however still already then there thing way number set put describe part""".split(),
    )
)


def own_reasons(pair: Pair) -> Iterator[Doubt]:
    """A cause in the statement where the evidence only tells one thing and another."""
    found = _CAUSES.search(pair.statement.text)
    if found and not _CAUSES.search(pair.evidence.text) and not _is_cause(pair, found.end()):
        yield Doubt("cause", f"The evidence does not say “{found[0]}”.")


def _is_cause(pair: Pair, end: int) -> bool:
    """Whether what follows `end` in the statement follows "by" or the like in the evidence."""
    after = (at for at, token in enumerate(pair.statement.tokens) if token.start >= end)
    place = next((pair.there[at] for at in after if pair.there[at] is not None), None)
    if place is None:
        return False
    before = pair.evidence.tokens[max(0, place - 3) : place]
    return any(token.lower in _LIKE_CAUSES for token in before)


def additions(pair: Pair) -> Iterator[Doubt]:
    """Words of the statement between, or after, words that stand together in the evidence."""
    content = [at for at in pair.statement.content() if pair.statement.tokens[at].key not in _LIGHT]
    run: list[int] = []
    left: int | None = None
    for at in [*content, None]:
        place = pair.there[at] if at is not None else None
        ends = at is None or (
            left is not None and pair.statement.sentences[at] != pair.statement.sentences[left]
        )
        if at is not None and place is None and not ends:
            run.append(at)
            continue
        if run and left is not None and _stands_together(pair, left, None if ends else at):
            first, last = pair.statement.tokens[run[0]], pair.statement.tokens[run[-1]]
            words = pair.statement.text[first.start : last.end]
            yield Doubt("addition", f"The evidence does not say “{words}”.")
        run = [] if place is not None or at is None else [at]
        left = at if place is not None else left


def _stands_together(pair: Pair, left: int, right: int | None) -> bool:
    """Whether the evidence has nothing of its own between two words that both have."""
    first = pair.there[left]
    last = pair.there[right] if right is not None else None
    assert first is not None
    side = pair.evidence
    if last is None:
        between = [
            at for at in range(first + 1, len(side)) if side.clauses[at] == side.clauses[first]
        ]
    elif side.sentences[first] != side.sentences[last] or last < first:
        return False
    else:
        between = list(range(first + 1, last))
    return not any(side.tokens[at].kind != "function" and at not in pair.back for at in between)
