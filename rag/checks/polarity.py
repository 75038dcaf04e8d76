"""Where a statement says yes and its evidence no, or the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from rag.checks.align import Pair, Side
from rag.checks.doubts import Doubt
from rag.checks.rivals import RIVALS
from rag.checks.tokens import word_key

_NOT = frozenset(
    """not no never neither nor none nobody nothing nowhere without cannot hardly except
    unable untrue""".split()
)
_DENIES = frozenset(map(word_key, "deny fail refuse lack refute rebut".split()))
# What may stand for a negation on the other side, though it is none by itself.
_LIKE_NOT = frozenset(
    map(
        word_key,
        """miss reject decline prevent stop avoid exclude unlikely only few little less fewer down
        untrue false wrong against impossible dismiss dispute cancel abandon withdraw drop lose
        oppose unless until instead rather free acquit innocent unknown unclear yet
        desert empty first silent""".split(),
    )
)
_LIKE_NOT_TOGETHER = frozenset({("yet", "to"), ("short", "of")})
NEGATIVE_KEYS = _DENIES | _LIKE_NOT | set(map(word_key, _NOT))
"""What a word is compared by that is itself a kind of no."""
_EXCEPTING = frozenset({"except", "all"})
_COMPARED = frozenset("more less fewer later earlier".split())  # "no more than"
_UNDONE = frozenset(map(word_key, "stop prevent keep deter".split()))  # "did not stop her from"
_MOST_SKIPPED = 1
_NEAR = 4


def opposed(pair: Pair) -> Iterator[Doubt]:
    """What one side negates and the other does not.

    A negation counts against the first word after it that both sides have; on the other side it
    is enough that anything in the clause negates.
    """
    there = {place: at for at, place in enumerate(pair.there) if place is not None}
    for cue, focus in _negated(pair.evidence, set(there)):
        if not _covered(pair.statement, there[focus], _keys(pair.evidence, cue)):
            yield _contradiction(pair, cue, focus)
    here = {at: place for at, place in enumerate(pair.there) if place is not None}
    for cue, focus in _negated(pair.statement, set(here)):
        if not _covered(pair.evidence, here[focus], _keys(pair.statement, cue)):
            word = pair.statement.tokens[focus].text
            yield Doubt("negation", f"The statement negates “{word}”, the evidence does not.")


def _contradiction(pair: Pair, cue: int, focus: int) -> Doubt:
    token = pair.evidence.tokens[cue]
    if token.key == word_key("deny"):
        who = " ".join(pair.evidence.tokens[at].text for at in _names_before(pair.evidence, cue))
        return Doubt("contrary", f"The evidence says that {who or 'somebody'} denied it.")
    start, end = sorted((token.start, pair.evidence.tokens[focus].end))
    last = max(pair.evidence.tokens[focus].end, token.end)
    words = pair.evidence.text[min(start, token.start) : max(end, last)]
    return Doubt("negation", f"The evidence says “{words}”.")


def _names_before(side: Side, at: int) -> list[int]:
    here = side.in_sentence(side.sentences[at])
    return [i for i in here if i < at and side.tokens[i].kind == "name"][-3:]


def _negated(side: Side, aligned: set[int]) -> Iterator[tuple[int, int]]:
    """The negations of a side, each with the aligned word that it negates."""
    for cue in range(len(side)):
        if not _is_cue(side, cue):
            continue
        focus = _focus(side, cue, aligned)
        if focus is not None:
            yield cue, focus


def _focus(side: Side, cue: int, aligned: set[int]) -> int | None:
    """The first aligned word after a negation in its clause, no more than one being passed over;
    where the clause ends with the negation, the last one before it."""
    here = side.in_clause(side.clauses[cue])
    if side.tokens[cue].lower == "without":
        here = list(takewhile(lambda at: at <= cue or not _comma_between(side, cue, at), here))
    kinds = ("word", "name", "date") if side.tokens[cue].lower in _EXCEPTING else ("word",)
    after = [at for at in here if at > cue and side.tokens[at].kind in kinds]
    after = [at for at in after if side.tokens[at].lower != "yet"]  # "has not yet opened"
    if after:
        return next((at for at in after[: _MOST_SKIPPED + 1] if at in aligned), None)
    before = [at for at in here if at < cue and at in aligned and side.tokens[at].kind == "word"]
    return before[-1] if before and side.tokens[cue].lower in ("no", "not") else None


def _comma_between(side: Side, one: int, other: int) -> bool:
    return "," in side.text[side.tokens[one].end : side.tokens[other].start]


def _is_cue(side: Side, at: int) -> bool:
    token = side.tokens[at]
    following = side.tokens[at + 1] if at + 1 < len(side) else None
    if token.lower in _NOT or token.lower.endswith("n't"):
        if following is None:
            return True
        numbered = token.text == "No" and following.kind == "number"
        before = side.tokens[at - 1].lower if at else ""
        elliptic = before in ("but", "or", "and") and token.lower == "not"
        undone = following.key in _UNDONE and "from" in _words_after(side, at)
        return not (numbered or elliptic or undone or _is_comparison(side, at))
    if token.lower == "yet" and following is not None:  # "has yet to pay"
        return following.lower == "to"
    if token.key == "rule" and following is not None:
        return following.lower == "out"
    if token.lower == "all" and following is not None:
        return following.lower == "but"
    return token.key in _DENIES


def _is_comparison(side: Side, at: int) -> bool:
    """Whether "no" or "not" at a place only compares: "no more than", "not only", "no other"."""
    words = [token.lower for token in side.tokens[at + 1 : at + 3]]
    return words[:1] in (["only"], ["doubt"], ["other"], ["further"], ["else"]) or (
        len(words) == 2 and words[0] in _COMPARED and words[1] == "than"
    )


def _words_after(side: Side, at: int) -> list[str]:
    return [side.tokens[i].lower for i in side.in_clause(side.clauses[at]) if i >= at]


def _keys(side: Side, at: int) -> set[str]:
    """The keys of the sentence of `at`."""
    return {side.tokens[i].key for i in side.in_sentence(side.sentences[at])}


def _covers(side: Side, at: int, shared: set[str]) -> bool:
    token = side.tokens[at]
    if token.lower in _NOT or token.lower.endswith("n't") or token.key in _DENIES:
        return True
    following = side.tokens[at + 1].lower if at + 1 < len(side) else ""
    if (token.lower, following) in _LIKE_NOT_TOGETHER:
        return True
    if token.key == "rule" and following == "out":
        return token.key not in shared
    if token.lower.endswith("less") or not RIVALS.get(token.key, frozenset()).isdisjoint(
        shared - NEGATIVE_KEYS
    ):
        return True  # "roofless"; "open", of what is "not shut"
    return token.key not in shared and (token.key in _LIKE_NOT or token.lower == "but")


def _covered(side: Side, at: int, shared: set[str]) -> bool:
    """Whether anything negates in the clause of `at`, or in a short answer after its sentence.

    What only resembles a negation does not count where both sides have it (`shared`).
    """
    here = side.in_clause(side.clauses[at])
    if any(other != at and _covers(side, other, shared) for other in here):
        return True
    after = side.in_sentence(side.sentences[at] + 1)
    return any(_covers(side, other, shared) and _ends_clause(side, other) for other in after)


def is_negated(side: Side, at: int) -> bool:
    """Whether a negation stands shortly before a place, in its clause."""
    return any(
        _is_cue(side, other)
        for other in range(max(0, at - _NEAR), at)
        if side.clauses[other] == side.clauses[at]
    )


def _ends_clause(side: Side, at: int) -> bool:
    return at + 1 == len(side) or side.clauses[at + 1] != side.clauses[at]
