"""What the reader finds in the evidence when it is asked for each part of the statement.

"Teachers ended their strike on Monday" is asked as "who ended their strike on Monday?" and
"Teachers ended their strike when?". Where other words of the evidence answer better than those of
the statement, that speaks against it. *Source:* question answering as a measure of faithfulness,
Wang et al. (2020, arXiv:2004.04228).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.checks.align import Pair, Side
from rag.checks.doubts import Doubt
from rag.checks.entail import Network
from rag.checks.irregular import BASE_FORMS
from rag.checks.polarity import negates
from rag.checks.tokens import Token
from rag.mentions import TITLES

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

_MOST_ASKED = 5
_BESIDE = 3  # tokens of the network
_LONGEST_ANSWER = 15  # tokens of the network
_LEAST, _MOST = 1.0, 6.0  # leads, in logits, that say nothing and that say all they can
_ARTICLE = re.compile(r"\b(?:the|a|an|its|his|her|their)\s+$", re.IGNORECASE)
_ASKED_AS = {"name": "who", "date": "when", "number": "what"}
_NEVER_ALONE = frozenset("off up down away back out over".split()) | {t.lower() for t in TITLES}
# Where one statement ends and the next begins, and what is put in between two commas.
_JOINTS = re.compile(r"[.!?;]\s+|,\s+(?:but|and|while|whereas)\s+")
_INSERTED = re.compile(r",(?:\s+[^\s,]+){3,}?\s*,\s*")
_STOP = re.compile(r"[.!?;,](?=\s|$)")
_SHORTEST_PART = 4  # words
_SHORTEST_QUESTION = 4
_BEFORE_DATE = re.compile(r"\b(?:on|in|at|by)\s+$", re.IGNORECASE)


@dataclass(frozen=True)
class Blank:
    """A part of the statement that is asked for: the places of its words, the question, and the
    keys of the words that are asked about."""

    places: tuple[int, ...]
    question: str
    said: frozenset[str]


class Lead(NamedTuple):
    """By how much the logit of the best other answer exceeds that of the best one with words of the
    blank; what the statement has, and what the evidence shows."""

    logits: float
    said: str
    shown: str


def other_answers(pair: Pair, network: Network) -> Iterator[Doubt]:
    """At most one doubt: the part of the statement for which the evidence has the most likely
    other answer; its strength, 0 to 1, grows with the lead of that answer."""
    leads = (_lead(pair, blank, network) for blank in blanks(pair))
    best = max((lead for lead in leads if lead is not None), default=None)
    if best is not None and best.logits > _LEAST:
        reason = f"The evidence seems to say “{best.shown}”, not “{best.said}”."
        yield Doubt("answer", reason, min(1.0, (best.logits - _LEAST) / (_MOST - _LEAST)))


def blanks(pair: Pair) -> list[Blank]:
    """The parts that are asked for, where the evidence has all of their words: who does what is
    told after "and" or "who"; names, numbers and dates; the first and the last phrase."""
    side = pair.statement
    named = _runs(side, [at for at, t in enumerate(side.tokens) if t.kind in _ASKED_AS])
    phrases = _runs(side, [at for at in side.content() if not _is_verb(side, at)])
    runs = dict.fromkeys(tuple(run) for run in (*named, *phrases[:1], *phrases[-1:]))
    asked = [*_doers(side, phrases), *(_blank(side, run) for run in runs)]
    return [blank for blank in asked if _can_be_asked(pair, blank)][:_MOST_ASKED]


def _doers(side: Side, phrases: Sequence[Sequence[int]]) -> Iterator[Blank]:
    """Who does what follows "and" ("He came and saw it") or "who": a blank for each."""
    for at in range(1, len(side) - 1):
        before = [run for run in phrases if run[-1] < at and _same_sentence(side, run[0], at)]
        if not before:
            continue
        word = side.tokens[at].lower
        if word == "and" and _is_past(side, at + 1):
            yield _told(side, tuple(before[0]), at + 1)
        elif word in ("who", "which") and before[-1][-1] == at - 1:
            yield _told(side, tuple(before[-1]), at + 1)


def _told(side: Side, run: tuple[int, ...], first: int) -> Blank:
    """What is told from place `first` on, to the next comma, as a question for its doer."""
    start = side.tokens[first].start
    last = min((m.start() for m in _STOP.finditer(side.text, start)), default=len(side.text))
    said = frozenset(token.key for token in side.tokens if start <= token.start < last)
    return Blank(run, f"{_asked(side, run)} {side.text[start:last]}?", said)


def _same_sentence(side: Side, one: int, other: int) -> bool:
    return side.sentences[one] == side.sentences[other]


def _runs(side: Side, places: Sequence[int]) -> list[list[int]]:
    """Places that follow each other in a clause with no comma between, together."""
    runs: list[list[int]] = [[at] for at in places[:1]]
    for one, other in pairwise(places):
        between = side.text[side.tokens[one].end : side.tokens[other].start]
        if other - one == 1 and "," not in between and side.clauses[one] == side.clauses[other]:
            runs[-1].append(other)
        else:
            runs.append([other])
    return runs


def _is_verb(side: Side, at: int) -> bool:
    token = side.tokens[at]
    return token.kind == "word" and (
        token.lower in BASE_FORMS or token.lower.endswith(("ed", "ing"))
    )


def _is_past(side: Side, at: int) -> bool:
    return _is_verb(side, at) and not side.tokens[at].lower.endswith("ing")


def _can_be_asked(pair: Pair, blank: Blank) -> bool:
    side, run = pair.statement, blank.places
    known = all(pair.there[at] is not None for at in run)
    alone = len(run) == 1 and side.tokens[run[0]].lower in _NEVER_ALONE
    joined = any(_is_joint(side, at) for at in (run[0] - 1, run[-1] + 1))
    plain = known and not alone and not joined
    long = len(blank.question.split()) >= _SHORTEST_QUESTION
    return plain and long and not negates(side, side.in_clause(side.clauses[run[0]]))


def _is_joint(side: Side, at: int) -> bool:
    """Whether an "and" with no comma before it stands at a place, which may lie outside."""
    return 0 < at < len(side) and side.tokens[at].lower == "and" and "," not in side.between(at)


def _blank(side: Side, run: tuple[int, ...]) -> Blank:
    """The words at `run` as a blank in the part of the statement that they stand in."""
    asked = _asked(side, run)
    start, end = side.tokens[run[0]].start, side.tokens[run[-1]].end
    joints = [m.span() for m in _JOINTS.finditer(side.text)]
    first = max((after for _, after in joints if after <= start), default=0)
    last = min((before for before, _ in joints if before >= end), default=len(side.text))
    if len(side.text[first:last].split()) < _SHORTEST_PART:
        first, last = 0, len(side.text)
    before = _ARTICLE.sub("", _INSERTED.sub(" ", side.text[first:start]))
    after = _INSERTED.sub(" ", side.text[end:last])
    if asked == "when":
        before = _BEFORE_DATE.sub("", before)
    said = frozenset(token.key for token in side.tokens if first <= token.start < last)
    return Blank(run, f"{before}{asked}{after}".rstrip(" .,;") + "?", said)


def _asked(side: Side, run: Sequence[int]) -> str:
    """The question word for a part of the statement."""
    kinds = {side.tokens[at].kind for at in run}
    if kinds == {"number"}:
        return "when" if _is_year(side.tokens[run[0]]) else "how many"
    return next((word for kind, word in _ASKED_AS.items() if kind in kinds), "what")


def _is_year(token: Token) -> bool:
    return len(token.text) == 4 and token.text.isdecimal()


def _lead(pair: Pair, blank: Blank, network: Network) -> Lead | None:
    """The lead of the best other answer; None where there is no other, or not the blank's own."""
    start, end, offsets = network.spans(blank.question, pair.evidence.text)
    same = _covered(offsets, [t for t in pair.evidence.tokens if _is_same(pair, blank, t)])
    rival = _covered(offsets, [t for t in pair.evidence.tokens if _is_rival(pair, blank, t)])
    if not same.any():
        return None
    first, last = np.triu_indices(len(offsets))
    short = last - first < _LONGEST_ANSWER
    first, last = first[short], last[short]
    scores = start[first] + end[last]
    mine = _any(same, first, last)
    others = ~_any(_widened(same), first, last) & _any(rival, first, last)
    if not others.any():
        return None
    best = int(np.where(others, scores, -np.inf).argmax())
    shown = pair.evidence.text[offsets[first[best]][0] : offsets[last[best]][1]]
    tokens = pair.statement.tokens
    said = pair.statement.text[tokens[blank.places[0]].start : tokens[blank.places[-1]].end]
    return Lead(float(scores[best] - scores[mine].max()), said, shown)


def _is_same(pair: Pair, blank: Blank, token: Token) -> bool:
    """Whether a word of the evidence is one of the blank's; of a name, one with a capital."""
    own = [pair.statement.tokens[at] for at in blank.places]
    named = all(other.kind == "name" for other in own)
    return any(token.key == other.key for other in own) and (not named or token.kind == "name")


def _is_rival(pair: Pair, blank: Blank, token: Token) -> bool:
    """Whether a word of the evidence makes another answer: one of the kind that is asked for, and
    unless it is a name, not in the question."""
    own = [pair.statement.tokens[at] for at in blank.places]
    if all(other.kind == "number" for other in own) and not _is_year(own[0]):
        return token.kind == "number" and token.key not in pair.statement.places
    if token.kind == "name":
        return True
    return token.kind != "function" and token.key not in blank.said


def _covered(offsets: Sequence[tuple[int, int]], tokens: Sequence[Token]) -> Bools:
    """Which of the network's tokens lie in one of ours."""
    spans = [(token.start, token.end) for token in tokens]
    return np.array([any(a <= start < b for a, b in spans) for start, _ in offsets], bool)


def _widened(marked: Bools) -> Bools:
    """What lies beside the marked tokens marked as well: "5.25 percent, the highest level"."""
    return np.asarray(np.convolve(marked, np.ones(2 * _BESIDE + 1), "same") > 0)


def _any(marked: Bools, first: Ints, last: Ints) -> Bools:
    """Whether any of the marked tokens lies in each of the spans."""
    total = np.concatenate([[0], np.cumsum(marked)])
    return np.asarray(total[last + 1] > total[first])
