"""Examples -> batches: an endless, repeatable stream that can be resumed at any batch."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from .data import Question
from .examples import Example, ExampleMaker
from .support import SupportMaker

# Padded length -> examples in a batch. Few and fixed shapes: each is compiled once.
SHAPES: Mapping[int, int] = {64: 48, 96: 36, 128: 28, 160: 24, 192: 20, 224: 16, 256: 14}
MAX_SPANS = 4
CHUNK = 2400  # questions
SUPPORT = 900  # statements in a chunk, besides its questions
CLS, SEP = 101, 102
# Questions per source in a chunk of `CHUNK`, in the long first phase and while the rate decays.
STEADY: Mapping[str, float] = {
    "qamr": 0.35,
    "squad2_train10": 0.12,
    "squadshifts_new_wiki": 0.165,
    "squadshifts_amazon_reviews": 0.125,
    "squadshifts_reddit": 0.11,
    "nq_open_oracle": 0.055,
    "quoref_contrast": 0.02,
    "policyqa": 0.02,
    "fairytaleqa": 0.025,
    "friendsqa": 0.01,
    "news": 0.05,
}
FINAL: Mapping[str, float] = {
    "qamr": 0.16,
    "squad2_train10": 0.20,
    "squadshifts_new_wiki": 0.26,
    "squadshifts_amazon_reviews": 0.12,
    "squadshifts_reddit": 0.11,
    "nq_open_oracle": 0.09,
    "quoref_contrast": 0.03,
    "policyqa": 0.01,
    "fairytaleqa": 0.02,
    "news": 0.13,
}


@dataclass(frozen=True)
class Batch:
    """Tensors of one step.

    *Shape:* `input_ids`, `attention_mask`, `token_type_ids`, `allowed`: (batch, length);
    `spans`: (batch, MAX_SPANS, 2), token positions; `span_weights`: (batch, MAX_SPANS), 0 for
    padding; `answerable` and `supported`: (batch,), 0 or 1; `reads`: (batch,), 1 for a question,
    0 for a statement, for which only `supported` counts. `allowed` marks where a span may lie:
    the passage, and [CLS], which stands for "no answer" (the span of an unanswerable example is
    (0, 0)).
    """

    input_ids: Tensor
    attention_mask: Tensor
    token_type_ids: Tensor
    allowed: Tensor
    spans: Tensor
    span_weights: Tensor
    answerable: Tensor
    supported: Tensor
    reads: Tensor


def shape_for(length: int) -> int:
    """The padded length that an example of this many tokens gets."""
    return next(padded for padded in SHAPES if length <= padded)


def collate(examples: Sequence[Example], length: int) -> Batch:
    """Pad to `length`; each further answer of an example weighs half of the shorter one before."""
    size = len(examples)
    ids = np.zeros((size, length), np.int64)
    mask, types = np.zeros_like(ids), np.zeros_like(ids)
    allowed = np.zeros((size, length), np.bool_)
    spans = np.zeros((size, MAX_SPANS, 2), np.int64)
    weights = np.zeros((size, MAX_SPANS), np.float32)
    for row, example in enumerate(examples):
        question = len(example.question) + 2
        start = question + len(example.prefix)
        end = start + len(example.passage)
        parts = ([CLS], example.question, [SEP], example.prefix, example.passage, [SEP])
        ids[row, : end + 1] = np.concatenate(parts)
        mask[row, : end + 1] = 1
        types[row, question : end + 1] = 1
        allowed[row, start:end] = True
        allowed[row, 0] = True
        targets = [(a + start, b + start) for a, b in example.spans[:MAX_SPANS]] or [(0, 0)]
        spans[row, : len(targets)] = targets
        weights[row, : len(targets)] = 0.5 ** np.arange(len(targets))
    return Batch(
        input_ids=torch.from_numpy(ids),
        attention_mask=torch.from_numpy(mask),
        token_type_ids=torch.from_numpy(types),
        allowed=torch.from_numpy(allowed),
        spans=torch.from_numpy(spans),
        span_weights=torch.from_numpy(weights),
        answerable=torch.tensor([float(bool(example.spans)) for example in examples]),
        supported=torch.tensor([float(bool(example.supported)) for example in examples]),
        reads=torch.tensor([float(example.supported is None) for example in examples]),
    )


@dataclass(frozen=True)
class Position:
    """Where in the stream: a chunk, the batches of it already seen, questions used before it."""

    chunk: int = 0
    batch: int = 0
    used: tuple[tuple[str, int], ...] = ()
    final: bool = False


class Stream:
    """Endless batches. The same seed and position always give the same batch."""

    def __init__(
        self,
        questions: Sequence[Question],
        maker: ExampleMaker,
        seed: int,
        support: SupportMaker | None = None,
    ) -> None:
        self._maker = maker
        self._support = support
        self._seed = seed
        self._orders: dict[tuple[str, int], list[int]] = {}
        self._by_source: dict[str, list[Question]] = {}
        for question in questions:
            self._by_source.setdefault(question.source, []).append(question)

    def batches(self, position: Position) -> Iterator[tuple[Batch, Position]]:
        """The remaining batches of the chunk at `position`, each with the position after it."""
        plan = self._plan(position)
        after = self._next_chunk(position)
        for index in range(position.batch, len(plan)):
            last = index + 1 == len(plan)
            length, examples = plan[index]
            ahead = after if last else replace(position, batch=index + 1)
            yield collate(examples, length), ahead

    def _plan(self, position: Position) -> list[tuple[int, list[Example]]]:
        """Every batch of a chunk, shuffled: (padded length, examples)."""
        chooser = random.Random(f"{self._seed}/{position.chunk}")
        examples: list[Example] = []
        for question in self._draw(position):
            examples.append(self._maker.right(question, chooser))
            wrong = self._maker.wrong(question, chooser)
            examples.extend([wrong] if wrong is not None else [])
        if self._support is not None:
            examples.extend(self._support.draw(SUPPORT, chooser))
        chooser.shuffle(examples)
        buckets: dict[int, list[Example]] = {length: [] for length in SHAPES}
        for example in examples:
            buckets[shape_for(len(example))].append(example)
        plan = [
            (length, bucket[start : start + size])
            for (length, size), bucket in zip(SHAPES.items(), buckets.values(), strict=True)
            for start in range(0, len(bucket) - size + 1, size)
        ]
        chooser.shuffle(plan)
        return plan

    def _draw(self, position: Position) -> Iterator[Question]:
        """The chunk's questions: each source goes round its own shuffled list, without gaps."""
        used = dict(position.used)
        for source, count in self._quota(position.final).items():
            questions = self._by_source[source]
            for index in range(used.get(source, 0), used.get(source, 0) + count):
                lap, place = divmod(index, len(questions))
                yield questions[self._order(source, lap)[place]]

    def _order(self, source: str, lap: int) -> list[int]:
        key = (source, lap)
        if key not in self._orders:
            order = list(range(len(self._by_source[source])))
            random.Random(zlib.crc32(f"{self._seed}/{source}/{lap}".encode())).shuffle(order)
            self._orders[key] = order
        return self._orders[key]

    def _quota(self, final: bool) -> dict[str, int]:
        shares = FINAL if final else STEADY
        known = sorted(source for source in self._by_source if source in shares)
        return {source: round(CHUNK * shares[source]) for source in known}

    def _next_chunk(self, position: Position) -> Position:
        used = dict(position.used)
        for source, count in self._quota(position.final).items():
            used[source] = used.get(source, 0) + count
        return Position(position.chunk + 1, 0, tuple(sorted(used.items())), position.final)
