"""What belongs to what: numbers and dates to their words, names to what was done by whom."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import combinations, takewhile

from rag.checks.align import Pair, Side
from rag.checks.doubts import Doubt
from rag.checks.irregular import BASE_FORMS
from rag.checks.quantities import year_of
from rag.checks.reckoned import reckoned
from rag.checks.tokens import PREPOSITIONS, Token, word_key

_NEAR = 4
_CLUSTER = 3  # "Tuesday 14 January", "from 61 to 58"
_COST_OF_COMMA = 3
_SEPARATORS = frozenset({"and", "or", "but", "while", "with"})
_BE = frozenset("am are be been being is was were get gets got".split())
_BEFORE_VERBS = frozenset(
    """to will would can could may might shall should must did does do has have had who which he she
    they it""".split()
)
MUTUAL = frozenset(
    map(
        word_key,
        """meet marry divorce talk speak negotiate agree disagree differ border resemble merge
        cooperate play draw tie clash quarrel""".split(),
    )
)
"""Verbs with which it makes no difference who does it with whom."""
_SAID = frozenset(map(word_key, "say add note".split()))
_QUANTIFIERS = frozenset("every each all both total".split())
_UNMARKED_PASTS = frozenset("beat hit cut shut hurt quit bid cast cost".split())
_PRONOUNS = frozenset("i he she it we they you".split())
_PLACING = frozenset("in on near inside outside around".split())
_OPENS_CLAUSE = frozenset("that before after".split())
_FARTHEST_NAME = 7
_ACTIVE_ENDING = "ing"


def misplaced_numbers(pair: Pair) -> Iterator[Doubt]:
    """Numbers and dates of the statement that stand with other words in the evidence.

    For each word beside a number, no other number may stand nearer to it in the evidence,
    unless it does so in the statement too; and some word of its clause must share its sentence.
    """
    for at, token in enumerate(pair.statement.tokens):
        if token.kind not in ("number", "date") or token.key == "#1" or at in reckoned(pair):
            continue
        places = _places(pair.evidence, token.key)
        anchors = _anchors(pair, at)
        if not places or not anchors:
            continue
        if not any(_shares_sentence(pair, anchor, places) for anchor in anchors):
            yield Doubt("relation", f"The evidence has “{token.text}” of something else.")
            continue
        if rival := _rival(pair, at, anchors[:_NEAR]):
            word = pair.statement.tokens[anchors[0]].text
            yield Doubt("relation", f"The evidence has “{rival}” beside “{word}”.")


def mismatched_numbers(pair: Pair) -> Iterator[Doubt]:
    """Numbers and dates that the statement has together and the evidence each with another: "14
    tonnes in 2023", of "9 tonnes in 2023 and 14 in 2024"."""
    side = pair.statement
    places = [
        at
        for at, token in enumerate(side.tokens)
        if token.kind in ("number", "date")
        and token.key != "#1"
        and token.key in pair.evidence.places
    ]
    for one, other in combinations(places, 2):
        together = side.clauses[one] == side.clauses[other]
        if together and _has_another(pair, one, other) and _has_another(pair, other, one):
            first, second = side.tokens[one].text, side.tokens[other].text
            yield Doubt("relation", f"The evidence does not have “{first}” with “{second}”.")


def _has_another(pair: Pair, at: int, other: int) -> bool:
    """Whether the evidence has, nearer to one number than another of a different kind, one of that
    kind which the statement does not have."""
    own, its = pair.statement.tokens[at], pair.statement.tokens[other]
    gap = _gap(pair.evidence, own.key, its.key)
    return numeric_kind(own) != numeric_kind(its) and any(
        _gap(pair.evidence, own.key, rival.key) < gap
        for rival in pair.evidence.tokens
        if numeric_kind(rival) == numeric_kind(its) and rival.key not in pair.statement.places
        if not _in_cluster(pair.evidence, rival.key, its.key)
    )


def _places(side: Side, key: str) -> list[int]:
    if key.startswith("@") and "-" not in key:  # a month also where a day of it is named
        return [
            at
            for at, token in enumerate(side.tokens)
            if token.key == key or token.key.startswith(f"{key}-")
        ]
    return side.places.get(key, [])


def _anchors(pair: Pair, at: int) -> list[int]:
    """The aligned words nearest to a place of the statement, nearest first."""
    clause = pair.statement.clauses[at]
    near = [
        other
        for other in pair.statement.content()
        if pair.there[other] is not None
        and pair.statement.tokens[other].kind in ("word", "name")
        and pair.statement.tokens[other].lower not in _QUANTIFIERS
        and pair.statement.clauses[other] in (clause, pair.statement.outer.get(clause))
    ]
    whole = _whole(pair.statement, at)
    near = [other for other in near if other != whole]
    near.sort(key=lambda other: _distance(pair.statement, at, other))
    return near


def _whole(side: Side, at: int) -> int | None:
    """The place of the noun that belongs to the whole which a number is a part of: "accused", for
    four, of "four of the ten accused"."""
    words = [token.lower for token in side.tokens[at + 1 : at + 3]]
    number = at + 2 + (words[1:] == ["the"])
    whole = words[:1] == ["of"] and number < len(side) and side.tokens[number].kind == "number"
    return number + 1 if whole else None


def _shares_sentence(pair: Pair, anchor: int, places: list[int]) -> bool:
    key, side = pair.statement.tokens[anchor].key, pair.evidence
    sentences = {side.sentences[place] for place in places}
    if _stands_alone(pair, side.tokens[places[0]].key):  # "She was 88", of whom went before
        sentences |= {
            sentence - 1
            for sentence in sentences
            if side.tokens[side.in_sentence(sentence)[0]].lower in _PRONOUNS
        }
    return any(pair.evidence.sentences[p] in sentences for p in _places(pair.evidence, key))


def _rival(pair: Pair, at: int, anchors: list[int]) -> str | None:
    """Another number of the evidence that is nearer to half of the words beside this one."""
    votes: dict[str, float] = {}
    total = 0.0
    for anchor in anchors:
        weight = 1 / _distance(pair.statement, at, anchor)
        total += weight
        nearer = _nearer(pair, at, anchor)
        if nearer is not None:
            votes[nearer] = votes.get(nearer, 0.0) + weight
    best = max(votes, key=lambda text: votes[text], default=None)
    return best if best is not None and votes[best] >= total / 2 else None


def _nearer(pair: Pair, at: int, anchor: int) -> str | None:
    """The number that stands nearer than this one to a word in the evidence, not the statement."""
    number, word = pair.statement.tokens[at], pair.statement.tokens[anchor]
    own = _gap(pair.evidence, number.key, word.key)
    if own == math.inf and _stands_alone(pair, number.key):
        return None
    here = _distance(pair.statement, at, anchor)
    for place, other in enumerate(pair.evidence.tokens):
        if (
            other.key == number.key
            or _is_hardly_one(pair.evidence, place)
            or numeric_kind(other) != numeric_kind(number)
        ):
            continue
        if any(
            _in_cluster(side, other.key, number.key) for side in (pair.evidence, pair.statement)
        ):
            continue
        if _gap(pair.evidence, other.key, word.key) < own:
            rivals = _places(pair.statement, other.key)
            if all(_distance(pair.statement, rival, anchor) > here for rival in rivals):
                return other.text
    return None


def _is_hardly_one(side: Side, at: int) -> bool:
    """Whether "one" counts nothing, as in "one of them"."""
    follows = side.tokens[at + 1 : at + 2]
    return side.tokens[at].key == "#1" and not (follows and follows[0].kind == "word")


def _stands_alone(pair: Pair, key: str) -> bool:
    """Whether a number has nothing after it to count on either side: "He was 88.", "died at 88"."""
    return all(
        re.match(r"\s*(?:[.,;:!?]|$)", side.text[side.tokens[place].end :])
        for side in (pair.statement, pair.evidence)
        for place in _places(side, key)
    )


def numeric_kind(token: Token) -> str:
    """Number, year, day, month, weekday or time: what is of two kinds is no rival of the other."""
    if token.kind == "number":
        return "number" if year_of(token) is None else "year"
    if token.kind != "date":
        return token.kind
    return {"~": "time", "@": "day" if "-" in token.key else "month"}.get(token.key[0], "weekday")


def _in_cluster(side: Side, one: str, other: str) -> bool:
    """Whether two numbers stand close together with no word of weight between them."""
    for first in _places(side, one):
        for second in _places(side, other):
            left, right = sorted((first, second))
            between = side.tokens[left + 1 : right]
            ranged = bool(between) and between[-1].lower == "to"  # "by 52 votes to 48"
            plain = ranged or all(token.kind != "word" for token in between)
            if right - left <= _CLUSTER and plain:
                return True
    return False


def _gap(side: Side, one: str, other: str) -> float:
    """The least distance between two keys in a text."""
    return min(
        (
            _distance(side, first, second)
            for first in _places(side, one)
            for second in _places(side, other)
        ),
        default=math.inf,
    )


def _distance(side: Side, one: int, other: int) -> float:
    """Words between two places; commas and joining words count more, sentences end it."""
    if side.sentences[one] != side.sentences[other]:
        return math.inf
    first, last = sorted((one, other))
    breaks = sum(
        side.tokens[at].lower in _SEPARATORS
        or "," in side.text[side.tokens[at - 1].end : side.tokens[at].start]
        for at in range(first + 1, last + 1)
    )
    return last - first + _COST_OF_COMMA * breaks


def turned_round(pair: Pair) -> Iterator[Doubt]:
    """What is "from" or "by" something in the statement and "to" it in the evidence, or the other
    way round."""
    for at, place in enumerate(pair.there):
        if place is None or pair.statement.tokens[at].kind not in ("name", "number", "date"):
            continue
        said, shown = _direction(pair.statement, at), _direction(pair.evidence, place)
        if said and shown and (said == "to") != (shown == "to"):
            token = pair.statement.tokens[at]
            yield Doubt("relation", f"The evidence has “{shown} {token.text}”.")


def _direction(side: Side, at: int) -> str:
    """The preposition of a name, number or date, where it is one of "from", "by" and "to"."""
    for i in range(at - 1, max(-1, at - 4), -1):
        if side.tokens[i].lower in ("from", "by", "to"):
            return side.tokens[i].lower
        if side.tokens[i].kind == "word" or side.tokens[i].lower in _SEPARATORS:
            break
    return ""


def exchanged_actors(pair: Pair) -> Iterator[Doubt]:
    """Names that do, or suffer, in the statement what another does or suffers in the evidence."""
    for at, place in enumerate(pair.there):
        if place is None or not (_is_deed(pair.statement, at) and _is_deed(pair.evidence, place)):
            continue
        for role in (_agent, _patient):
            said, shown = role(pair.statement, at), role(pair.evidence, place)
            mine = {pair.statement.tokens[i].key for i in said}
            its = {pair.evidence.tokens[i].key for i in shown}
            if mine - its and its - mine:
                name = " ".join(pair.evidence.tokens[i].text for i in shown)
                word = pair.statement.tokens[at].text
                yield Doubt("relation", f"The evidence has {name!r} with “{word}”.")


def exchanged_words(pair: Pair) -> Iterator[Doubt]:
    """Whoever does a deed, or suffers it, in the statement has another part in the evidence."""
    for at, place in enumerate(pair.there):
        if pair.statement.tokens[at].key in _SAID:
            continue  # "said Orlik" is "Orlik said"
        if place is None or not (_is_deed(pair.statement, at) and _is_deed(pair.evidence, place)):
            continue
        doer, sufferer = _sides(pair.statement, at)
        other_doer, other_sufferer = _sides(pair.evidence, place)
        exchanged = doer & other_sufferer - other_doer and sufferer & other_doer - other_sufferer
        word = pair.evidence.tokens[place].text
        if exchanged or _other_doer(pair, at, place):
            yield Doubt("relation", f"The evidence has it the other way round with “{word}”.")


def _other_doer(pair: Pair, at: int, place: int) -> bool:
    """Whether each side says plainly by whom, and each of the two has another part on the other
    side."""
    doer, other = _plain_doer(pair.statement, at), _plain_doer(pair.evidence, place)
    said, shown = pair.statement.places.keys(), pair.evidence.places.keys()
    return not doer & other and bool(doer & shown) and bool(other & said)


def _plain_doer(side: Side, at: int) -> set[str]:
    """The keys of whoever does a deed: what "by" names, or what opens the clause before the first
    of its deeds."""
    if _is_passive(side, at):
        return _sides(side, at)[0]
    clause = _clause(side, at)
    before = [i for i in clause if i < at]
    if side.clauses[at] in side.outer and clause[0] and not _keys(side, before):
        return _keys(side, [clause[0] - 1])  # "Orlik, who designed it"
    words = {side.tokens[i].lower for i in before}
    if (
        not _sides(side, at)[1]
        or words & (_BE | _SEPARATORS | _PRONOUNS)
        or any(_is_deed(side, i) for i in before)
    ):
        return set()
    return _keys(side, before)


def _sides(side: Side, at: int) -> tuple[set[str], set[str]]:
    """The keys of the content words that stand for the doer and for the sufferer of a deed."""
    here = _clause(side, at)
    before = [i for i in here if at - _FARTHEST_NAME <= i < at]
    after = [i for i in here if i > at]
    if not _is_passive(side, at):
        return _keys(side, before), _keys(side, _first_phrase(side, after))
    by = next((i for i in after if side.tokens[i].lower == "by"), None)
    doer = _first_phrase(side, [i for i in after if by is not None and i > by])
    return _keys(side, doer), _keys(side, before)


def _first_phrase(side: Side, places: list[int]) -> list[int]:
    """The places up to the first word that begins another phrase."""
    return list(takewhile(lambda i: side.tokens[i].lower not in PREPOSITIONS, places))


def _keys(side: Side, places: list[int]) -> set[str]:
    named = (side.tokens[i] for i in places if side.tokens[i].kind in ("word", "name"))
    return {token.key for token in named if not token.lower.endswith("ly")}


def _is_deed(side: Side, at: int) -> bool:
    """Whether a word looks like a verb, of something that is done by one to another."""
    token = side.tokens[at]
    if token.kind != "word" or token.key in MUTUAL:
        return False
    if (
        token.lower in BASE_FORMS
        or token.lower in _UNMARKED_PASTS
        or token.lower.endswith(("ed", "ing"))
    ):
        return True
    before = side.tokens[at - 1] if at else None
    if before is None:
        return False
    return before.lower in _BEFORE_VERBS or (token.lower.endswith("s") and before.kind == "name")


def _agent(side: Side, at: int) -> list[int]:
    """The name that does what the word at a place says."""
    if _is_passive(side, at):
        by = next((i for i in _clause(side, at) if i > at and side.tokens[i].lower == "by"), None)
        return _name_after(side, by) if by is not None else []
    return _name_before(side, at)


def _patient(side: Side, at: int) -> list[int]:
    return _name_before(side, at) if _is_passive(side, at) else _name_after(side, at)


def _is_passive(side: Side, at: int) -> bool:
    """Whether a verb stands after a form of "be", or alone after a comma: "closed in 2019"."""
    if side.tokens[at].lower == "born":
        return True
    if side.tokens[at].lower.endswith(_ACTIVE_ENDING):
        return False
    before = [i for i in _clause(side, at) if at - 2 <= i < at]
    follows = side.tokens[at + 1].lower if at + 1 < len(side) else ""
    if before and "," in side.text[side.tokens[before[-1]].end : side.tokens[at].start]:
        return follows in PREPOSITIONS
    return any(side.tokens[i].lower in _BE for i in before)


def _clause(side: Side, at: int) -> list[int]:
    return side.in_clause(side.clauses[at])


def _name_before(side: Side, at: int) -> list[int]:
    """The name in front of a place in its clause; of a relative clause the one it hangs on."""
    here = [i for i in _clause(side, at) if i < at]
    opens = max((i for i in here if side.tokens[i].lower in _OPENS_CLAUSE), default=-1)
    here = [i for i in here if i > opens]
    if any(side.tokens[i].lower in _PRONOUNS for i in here[-2:]):
        return []
    if side.clauses[at] in side.outer and not any(side.tokens[i].kind == "name" for i in here):
        here = [i for i in side.in_sentence(side.sentences[at]) if i < at]
    names = _runs_of_names(side, here)
    free = [name for name in names if not _follows(side, name[0], PREPOSITIONS - {"by"})]
    nearest = (free or names or [[]])[-1]
    return [] if nearest and _follows(side, nearest[0], _PLACING) else nearest


def _follows(side: Side, at: int, words: frozenset[str]) -> bool:
    before = [token.lower for token in side.tokens[max(0, at - 2) : at]]
    return before[-1:] != [] and (
        before[-1] in words or (before[-1] == "the" and before[0] in words)
    )


def _runs_of_names(side: Side, places: list[int]) -> list[list[int]]:
    """The names among places, each as its words; one small word may stand inside."""
    runs: list[list[int]] = []
    for i in places:
        if side.tokens[i].kind != "name":
            continue
        if runs and i - runs[-1][-1] <= 2 and _joined(side, runs[-1][-1], i):
            runs[-1].append(i)
        else:
            runs.append([i])
    return runs


def _joined(side: Side, one: int, other: int) -> bool:
    return all(
        side.tokens[i].lower in ("of", "the", "de", "al") for i in range(one + 1, other)
    ) and ("," not in side.text[side.tokens[one].end : side.tokens[other].start])


def _name_after(side: Side, at: int) -> list[int]:
    found: list[int] = []
    for i in [i for i in _clause(side, at) if i > at]:
        if side.tokens[i].lower in _BE:
            break
        if side.tokens[i].kind == "name":
            if found and i - found[-1] > 2:
                break
            found.append(i)
        elif found and i - found[-1] > 1:
            break
    if found and (found[0] - at > _FARTHEST_NAME or side.tokens[found[0] - 1].lower in _PLACING):
        return []
    return found
