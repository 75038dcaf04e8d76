"""How many a text names without counting them: "Alm, Torsby and Greve"; "a mother and her son"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest

from rag.checks.align import Pair, Side
from rag.checks.quantities import unit, year_of
from rag.checks.tokens import Token

_ONE = frozenset("a an one".split())
_OWN = frozenset("his her their its the".split())
_TWO = frozenset("both pair couple twin twins second again either neither".split())
_PEOPLE = frozenset("people person persons men women others".split())
_NEAR = 3
_LONGEST = 3  # words
_SEPARATOR = re.compile(r",?\s+and\s+|,\s+")
_BETWEEN_NAMES = re.compile(r"(?:(?P<last>,?\s+and\s+)|,\s+)(?:[^\W\d_]+\s+){0,2}")


def counts(pair: Pair, at: int) -> Iterator[int]:
    """How many of something the evidence names, where the number at a place of the statement may
    say so: it counts no units, and nothing else of the evidence counts the same."""
    after = pair.statement.tokens[at + 1 : at + 4]
    if not after or unit(after[0]):
        return
    side = pair.evidence
    words = [token for token in after if token.kind == "word"]
    beside = words[: 1 + bool(words and words[0].lower in _PEOPLE)]
    counted = {place for token in beside for place in _numbers_near(side, token.key)}
    nouns = {token.key for place in counted for token in side.tokens[place + 1 : place + 2]}
    if after[0].key not in nouns:
        yield from (size for size, inside in _listed(side) if counted <= set(inside))
    if counted:
        return
    yield from _named(side)
    if any(token.lower in _TWO for token in side.tokens):
        yield 2


def other_counts(pair: Pair, at: int) -> bool:
    """Whether the evidence has another number beside the words that stand beside this one."""
    here = range(max(0, at - _NEAR), min(len(pair.statement), at + _NEAR + 1))
    beside = (i for i in here if pair.statement.clauses[i] == pair.statement.clauses[at])
    keys = {pair.statement.tokens[i].key for i in beside if pair.there[i] is not None}
    return any(True for key in keys for _ in _numbers_near(pair.evidence, key))


def _numbers_near(side: Side, key: str) -> Iterator[int]:
    """The places of the numbers that stand with a word."""
    for place in side.places.get(key, []):
        for near in range(max(0, place - _NEAR), min(len(side), place + _NEAR + 1)):
            token = side.tokens[near]
            same = side.sentences[near] == side.sentences[place] and near != place
            if same and token.kind == "number" and token.key != "#1" and not year_of(token):
                yield near


def _runs(side: Side) -> list[list[Token]]:
    """The names of a text, each with its words that stand side by side."""
    found: list[list[Token]] = []
    for token in side.tokens:
        if token.kind not in ("name", "word") or not token.text[0].isupper():
            continue
        if found and side.text[found[-1][-1].end : token.start] == " ":
            found[-1].append(token)
        else:
            found.append([token])
    return found


def _named(side: Side) -> Iterator[int]:
    """The lengths of lists of names: "Alm, Torsby and Greve"."""
    size, ends = 1, False
    runs = _runs(side)
    for run, after in zip_longest(runs, runs[1:]):
        between = side.text[run[-1].end : after[0].start] if after else ""
        if separator := _BETWEEN_NAMES.fullmatch(between):
            size, ends = size + 1, separator["last"] is not None
            continue
        if ends:
            yield size
        size, ends = 1, False


def _listed(side: Side) -> Iterator[tuple[int, range]]:
    """What lists of things come to, and their places: "a mother and her three children"."""
    at = 0
    while at < len(side):
        first, total, items, item = at, 0, 0, _item(side, at)
        while item is not None:
            total, items = total + item[0], items + 1
            at = item[1]
            following = at + (at < len(side) and side.tokens[at].lower == "and")
            joined = following < len(side) and _SEPARATOR.fullmatch(
                side.text[side.tokens[at - 1].end : side.tokens[following].start]
            )
            item = _item(side, following) if joined else None
            at = following if item else at
        if items > 1:
            yield total, range(first, at)
        at += not items


def _item(side: Side, at: int) -> tuple[int, int] | None:
    """How many a phrase that begins at a place counts, and where it ends: "her three sons"."""
    owned = side.tokens[at].lower in _OWN
    at += owned
    if at == len(side):
        return None
    token = side.tokens[at]
    if token.kind == "number" and (value := float(token.key[1:])).is_integer():
        count, at = int(value), at + 1
    elif token.lower in _ONE:
        count, at = 1, at + 1
    elif owned and token.kind == "word" and not token.lower.endswith("s"):
        count = 1
    else:
        return None
    end = at
    while end < min(len(side), at + _LONGEST) and side.tokens[end].kind in ("word", "name"):
        if end > at and side.text[side.tokens[end - 1].end : side.tokens[end].start] != " ":
            break
        end += 1
    return (count, end) if end > at and not unit(side.tokens[at]) else None
