"""What the statement adds: details that the evidence lacks, and reasons of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from rag.checks.align import Pair
from rag.checks.doubts import Doubt
from rag.checks.irregular import BASE_FORMS
from rag.checks.polarity import NEGATIVE_KEYS
from rag.checks.reckoned import reckoned
from rag.checks.tokens import word_key

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
        word_key,
        """come go take make give get have do say tell according also each while until about
        however still already then there thing way number set put describe part both far run send
        need keep hold turn become seem bring place case kind time such much many several other
        another well even just yet so later earlier ago near some early late total whole entire
        among between during within along per since against around including include show see find
        call use work people person man woman morning
        afternoon evening least most end almost nearly roughly probable possible likely inside
        outside behind beneath above below across toward together rule carry front next""".split(),
    )
)
_SAME_BEGINNING = 5


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
    here = pair.evidence.in_sentence(pair.evidence.sentences[place])
    before = [at for at in here if place - 3 <= at < place]
    return any(pair.evidence.tokens[at].lower in _LIKE_CAUSES for at in before)


def additions(pair: Pair) -> Iterator[Doubt]:
    """Words for which the evidence has nothing: more of them in a clause than it has words left
    over there, or a word put between two that stand together in it."""
    for clause in sorted(set(pair.statement.clauses)):
        content = [
            at
            for at in pair.statement.in_clause(clause)
            if pair.statement.tokens[at].kind != "function"
        ]
        new = [at for at in content if _is_new(pair, at) and at not in reckoned(pair)]
        inserted = list(_inserted(pair, content, new))
        if len(new) > len(_left_over(pair, content)) or inserted:
            words = " ".join(pair.statement.tokens[at].text for at in inserted or new)
            yield Doubt("addition", f"The evidence does not say “{words}”.")


def _is_new(pair: Pair, at: int) -> bool:
    token = pair.statement.tokens[at]
    if pair.there[at] is not None or token.kind != "word":
        return False
    if token.key in _LIGHT or token.key in NEGATIVE_KEYS or token.lower.endswith("ly"):
        return False
    return not any(
        other.key[:_SAME_BEGINNING] == token.key[:_SAME_BEGINNING] for other in pair.evidence.tokens
    )


def _left_over(pair: Pair, content: list[int]) -> list[int]:
    """The words that only the evidence has, in the clauses where it has those of the statement."""
    places = [pair.there[at] for at in content]
    clauses = {pair.evidence.clauses[place] for place in places if place is not None}
    return [
        place
        for clause in clauses
        for place in pair.evidence.in_clause(clause)
        if place not in pair.back
        if pair.evidence.tokens[place].kind == "word"
        if pair.evidence.tokens[place].key not in _LIGHT
    ]


def _inserted(pair: Pair, content: list[int], new: list[int]) -> Iterator[int]:
    """The new words, other than verbs, between two that the evidence has side by side."""
    known = [at for at in content if pair.there[at] is not None]
    for left, right in pairwise(known):
        between = [
            at
            for at in content
            if left < at < right and (at in new or _is_adverb(pair, at)) and not _is_verb(pair, at)
        ]
        if between and _side_by_side(pair, left, right):
            yield from between


def _is_adverb(pair: Pair, at: int) -> bool:
    token = pair.statement.tokens[at]
    return pair.there[at] is None and token.lower.endswith("ly") and token.key not in _LIGHT


def _is_verb(pair: Pair, at: int) -> bool:
    lower = pair.statement.tokens[at].lower
    return lower in BASE_FORMS or lower.endswith(("ed", "ing"))


def _side_by_side(pair: Pair, left: int, right: int) -> bool:
    first, last = pair.there[left], pair.there[right]
    if first is None or last is None or not first < last:
        return False
    between = pair.evidence.tokens[first + 1 : last]
    same = pair.evidence.sentences[first] == pair.evidence.sentences[last]
    return same and all(token.kind == "function" for token in between)
