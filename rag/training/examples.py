"""Questions -> examples: which passage a question is shown with, cut to length, as token ids."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from .data import MAX_QUESTION_TOKENS, Encoded, Ids, Question, TextEncoder
from .negatives import Miner, group, holds_answer, swapped

MAX_TOKENS = 256
MIN_WINDOW = 64
CROP_SHARE = 0.3
TITLE_SHARE = 0.35
Maker: TypeAlias = Callable[[Question, random.Random], "Draft | None"]


@dataclass(frozen=True)
class Example:
    """One (question, passage) pair as token ids, without the special tokens.

    `spans` are first and last token of each right answer, counted from the start of
    `passage`; none means that the passage does not answer. `kind` says where it comes from.
    Of a statement and its evidence, in the places of question and passage, `supported` says
    whether the one supports the other; it is None for a question.
    """

    question: Ids
    prefix: Ids
    passage: Ids
    spans: tuple[tuple[int, int], ...]
    kind: str
    supported: bool | None = None

    def __len__(self) -> int:
        return 3 + len(self.question) + len(self.prefix) + len(self.passage)


@dataclass(frozen=True)
class Draft:
    """A question and the passage to show it with, before it is cut and encoded."""

    question: Question
    passage: str
    title: str
    kind: str


# How many wrong passages go with each right one, for sources where the common share misleads.
NEGATIVE_SHARE: Mapping[str, float] = {"qamr": 0.4, "policyqa": 0.0}
COMMON_NEGATIVE_SHARE = 0.8
# How the wrong ones are made, and what stands in, in this order, for a kind that cannot be made.
KINDS: Mapping[str, float] = {
    "near": 0.38,
    "article": 0.14,
    "own": 0.14,
    "swap": 0.27,
    "easy": 0.07,
}
STAND_INS = ("near", "swap", "easy")


class ExampleMaker:
    """Turns a question into one right example and, now and then, a wrong one."""

    def __init__(
        self, encode: TextEncoder, miner: Miner, near: Mapping[str, Sequence[int]]
    ) -> None:
        self._encode = encode
        self._miner = miner
        self._near = near
        self._makers: dict[str, Maker] = {
            "near": self._draft_near,
            "article": self._draft_article,
            "swap": self._draft_swap,
            "easy": self._draft_easy,
        }

    def right(self, question: Question, chooser: random.Random) -> Example:
        """The question with its own passage: its answers, or none if people wrote it so."""
        kind = "answerable" if question.spans else "written"
        return self._finish(Draft(question, question.context, question.title, kind), chooser)

    def wrong(self, question: Question, chooser: random.Random) -> Example | None:
        """The question with a passage that does not answer it; None if the dice say so."""
        share = NEGATIVE_SHARE.get(question.source, COMMON_NEGATIVE_SHARE)
        if not question.spans or chooser.random() >= share:
            return None
        kind = chooser.choices(list(KINDS), list(KINDS.values()))[0]
        made = (self.of_kind(k, question, chooser) for k in (kind, *STAND_INS))
        return next((example for example in made if example is not None), None)

    def of_kind(self, kind: str, question: Question, chooser: random.Random) -> Example | None:
        """A wrong example of this kind, or None if the question allows none."""
        if kind == "own":
            return self._own_without_answer(question, chooser)
        draft = self._makers[kind](question, chooser)
        return self._finish(draft, chooser) if draft is not None else None

    def _draft_near(self, question: Question, chooser: random.Random) -> Draft | None:
        rows = self._near.get(question.id, ())
        if not rows:
            return None
        row = rows[min(int(chooser.expovariate(0.6)), len(rows) - 1)]
        return Draft(question, self._miner.text(row), self._miner.title(row), "near")

    def _draft_article(self, question: Question, chooser: random.Random) -> Draft | None:
        text = self._miner.of_article(question, chooser)
        return Draft(question, text, question.title, "article") if text is not None else None

    def _draft_swap(self, question: Question, chooser: random.Random) -> Draft | None:
        elsewhere = self._miner.of_article(question, chooser) or ""
        rows = self._near.get(question.id, ())
        if not elsewhere and rows:
            elsewhere = self._miner.text(chooser.choice(list(rows)))
        changed = swapped(question, elsewhere, chooser)
        if changed is None:
            return None
        return Draft(changed, question.context, question.title, "swap")

    def _draft_easy(self, question: Question, chooser: random.Random) -> Draft | None:
        text = self._miner.any_other(question, chooser)
        return Draft(question, text, "", "easy") if text is not None else None

    def _own_without_answer(self, question: Question, chooser: random.Random) -> Example | None:
        """The question's own passage without the sentences that hold an answer."""
        encoded = self._encode(question.context)
        keep = [
            encoded.ids[a:b]
            for a, b in _sentences(encoded)
            if not holds_answer(
                question.context[encoded.starts[a] : encoded.ends[b - 1]], question.answers
            )
        ]
        passage = np.concatenate(keep) if keep else np.zeros(0, np.int32)
        if len(passage) < 24 or len(keep) == len(encoded.sentences):
            return None
        ids, prefix = self._ids(question.text), self._prefix(question.title, chooser)
        room = MAX_TOKENS - 3 - len(ids) - len(prefix)
        return Example(ids, prefix, passage[:room], (), "own")

    def _ids(self, text: str) -> Ids:
        return self._encode(text).ids[:MAX_QUESTION_TOKENS]

    def _prefix(self, title: str, chooser: random.Random) -> Ids:
        if not title or chooser.random() >= TITLE_SHARE:
            return np.zeros(0, np.int32)
        return self._encode(title + ":").ids[:24]

    def _finish(self, draft: Draft, chooser: random.Random) -> Example:
        question = draft.question
        encoded = self._encode(draft.passage)
        ids, prefix = self._ids(question.text), self._prefix(draft.title, chooser)
        own = draft.passage == question.context
        spans = [encoded.tokens(span) for span in question.spans] if own else []
        room = MAX_TOKENS - 3 - len(ids) - len(prefix)
        start, end = window(encoded, spans, room, chooser)
        inside = tuple((a - start, b - start) for a, b in spans if a >= start and b < end)
        return Example(ids, prefix, encoded.ids[start:end], inside, draft.kind)


def _sentences(encoded: Encoded) -> list[tuple[int, int]]:
    """Token ranges of the sentences, end exclusive."""
    edges = [*encoded.sentences, len(encoded.ids)]
    return [(a, b) for a, b in pairwise(edges) if b > a]


def window(
    encoded: Encoded, spans: Sequence[tuple[int, int]], room: int, chooser: random.Random
) -> tuple[int, int]:
    """The tokens to show, end exclusive: all that fit, or a run of sentences around one answer.

    At times a passage that fits is cut too, so that length says nothing about the answer.
    """
    total = len(encoded.ids)
    size = room
    if total > MIN_WINDOW and chooser.random() < CROP_SHARE:
        size = chooser.randint(MIN_WINDOW, room)
    if total <= size:
        return 0, total
    first, last = chooser.choice(list(spans)) if spans else (chooser.randrange(total),) * 2
    openings = [s for s in encoded.sentences if s <= first and last < s + size]
    if not openings:
        openings = [max(0, min(first, last - size + 1 + size // 4))]
    start = chooser.choice(openings)
    end = min(total, start + size)
    closings = [s for s in encoded.sentences if max(last + 1, start + MIN_WINDOW // 2) <= s <= end]
    return start, closings[-1] if closings and end < total else end


def mine_near(miner: Miner, questions: Iterable[Question]) -> dict[str, list[int]]:
    """The nearest wrong passages (`Miner` rows) of each answerable question, by its id."""
    return {q.id: miner.nearest(q) for q in questions if q.spans and group(q.source) != "policyqa"}
