"""What the statement adds: details that the evidence lacks, and reasons of its own."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import pairwise

from rag.checks.align import Pair
from rag.checks.attribution import ATTRIBUTING
from rag.checks.doubts import Doubt
from rag.checks.irregular import BASE_FORMS
from rag.checks.kin import alike
from rag.checks.polarity import NEGATIVE_KEYS
from rag.checks.tokens import Token, word_key

_CAUSES = re.compile(
    r"\b(?:because|due to|owing to|thanks to|in (?:response|reaction|retaliation) (?:to|for)"
    r"|as a (?:result|consequence)|therefore|caus(?:e[sd]?|ing)|led to|leading to|resulted in"
    r"|so that|prompt(?:s|ed|ing)|trigger(?:s|ed|ing)|sent|drove|driven|forc(?:es?|ed|ing)"
    r"|blam(?:es?|ed|ing)|in order to|motivated by|over its|as punishment|in protest)\b",
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
        call happen occur use work people person man woman morning
        afternoon evening least most end almost nearly roughly probable possible likely inside
        outside off behind beneath above below across toward together rule carry front
        next""".split(),
    )
)
_SAME_BEGINNING = 5
_ARTICLES = frozenset({"a", "an", "the"})
_TIMES = {
    word_key(w): n for w, n in {"double": 2.0, "twice": 2.0, "triple": 3.0, "halve": 0.5}.items()
}


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
    over there, all that a clause says of its names, or a word put between two that stand together
    in the evidence."""
    for clause in sorted(set(pair.statement.clauses)):
        content = [
            at
            for at in pair.statement.in_clause(clause)
            if pair.statement.tokens[at].kind != "function"
        ]
        new = [at for at in content if _is_new(pair, at)]
        inserted = list(_inserted(pair, content, new))
        count = sum(pair.statement.tokens[at].kind == "word" for at in content)
        nothing_else = len(new) == count > 1
        if len(new) > len(_left_over(pair, content)) or inserted or nothing_else:
            words = " ".join(pair.statement.tokens[at].text for at in inserted or new)
            yield Doubt("addition", f"The evidence does not say “{words}”.")


def _is_new(pair: Pair, at: int) -> bool:
    token = pair.statement.tokens[at]
    if pair.there[at] is not None or token.kind != "word":
        return False
    if token.key in _TIMES and _is_ratio(pair, _TIMES[token.key]):
        return False
    if token.key in _LIGHT | NEGATIVE_KEYS | ATTRIBUTING or token.lower.endswith("ly"):
        return False
    return not any(_stands_for(pair, place, token) for place in range(len(pair.evidence)))


def _stands_for(pair: Pair, place: int, token: Token) -> bool:
    """Whether a word of the evidence begins as `token` does, or is alike and otherwise unused."""
    other = pair.evidence.tokens[place]
    if other.key[:_SAME_BEGINNING] == token.key[:_SAME_BEGINNING]:
        return True
    free = other.kind == "word" and place not in pair.back
    return free and alike(token.lower, other.lower)


def _is_ratio(pair: Pair, times: float) -> bool:
    """Whether one number of the evidence is so many times another."""
    known = [float(t.key[1:]) for t in pair.evidence.tokens if t.key.startswith("#")]
    return any(one and math.isclose(other / one, times) for one in known for other in known)


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
    for right in known:
        if right - 1 in new and not _is_verb(pair, right - 1) and _is_bare(pair, right):
            yield right - 1


def _is_bare(pair: Pair, right: int) -> bool:
    """Whether an article stands two words before a place of the statement, and in the evidence
    nothing between an article, or the beginning, and the same word."""
    place = pair.there[right]
    if place is None or right < 2 or pair.statement.tokens[right - 2].lower not in _ARTICLES:
        return False
    if "," in pair.statement.between(right):
        return False
    sentence_begins = pair.evidence.opens_sentence(place)
    return sentence_begins or pair.evidence.tokens[place - 1].lower in _ARTICLES


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
