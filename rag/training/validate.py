"""Figures on held-out questions while training runs: spans, and telling right from wrong pairs."""

from __future__ import annotations

import random
import re
import string
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer

from .batches import SHAPES, collate, shape_for
from .data import Question
from .examples import KINDS, Example, ExampleMaker
from .model import ReaderNetwork, Reading

MAX_SPAN_TOKENS = 24
_ARTICLES = re.compile(r"\b(a|an|the)\b")


@dataclass(frozen=True)
class Found:
    """The reader's best span of one example and how it scores.

    `first` and `last` are token positions in the padded row; `margin` is the span's logit sum
    minus that of "no answer"; `answerable` is the logit of the pair.
    """

    first: int
    last: int
    margin: float
    answerable: float


def best_spans(reading: Reading, max_tokens: int = MAX_SPAN_TOKENS) -> list[Found]:
    """The likeliest span of each row, [CLS] excluded."""
    length = reading.start.shape[1]
    steps = torch.arange(length)
    width = steps[None, :] - steps[:, None]
    fits = (width >= 0) & (width < max_tokens)
    fits[0, :] = False
    joint = reading.start[:, :, None] + reading.end[:, None, :]
    best = joint.masked_fill(~fits, -torch.inf).flatten(1).max(1)
    null = reading.start[:, 0] + reading.end[:, 0]
    columns = (best.indices, best.values - null, reading.answerable)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [Found(at // length, at % length, margin, pair) for at, margin, pair in rows]


@torch.no_grad()
def read_all(network: ReaderNetwork, examples: Sequence[Example]) -> list[Found]:
    """The best span of every example, in the order given."""
    found: dict[int, Found] = {}
    order = sorted(range(len(examples)), key=lambda index: len(examples[index]))
    for length, size in SHAPES.items():
        here = [index for index in order if shape_for(len(examples[index])) == length]
        for start in range(0, len(here), size):
            some = here[start : start + size]
            reading = network.read(collate([examples[index] for index in some], length))
            found.update(zip(some, best_spans(reading), strict=True))
    return [found[index] for index in range(len(examples))]


def normalise(text: str) -> str:
    """SQuAD's normal form: lower case, no punctuation, no articles, single spaces."""
    bare = "".join(char for char in text.lower() if char not in string.punctuation)
    return " ".join(_ARTICLES.sub(" ", bare).split())


def f1(prediction: str, truth: str) -> float:
    """SQuAD's word overlap."""
    said, true = normalise(prediction).split(), normalise(truth).split()
    same = sum((Counter(said) & Counter(true)).values())
    return 2 * same / (len(said) + len(true)) if same else float(said == true)


def auc(right: Sequence[float], wrong: Sequence[float]) -> float:
    """The chance that a right pair scores above a wrong one (a tie is half); nan without pairs."""
    if not right or not wrong:
        return float("nan")
    ranked = sorted(wrong)
    wins = sum(bisect_left(ranked, score) + bisect_right(ranked, score) for score in right) / 2
    return wins / (len(right) * len(wrong))


def validation_set(
    questions: Sequence[Question], maker: ExampleMaker, size: int, seed: int
) -> list[Example]:
    """About `size` right pairs, spread over the sources, and about as many wrong ones."""
    chooser = random.Random(seed)
    by_source: dict[str, list[Question]] = {}
    for question in questions:
        by_source.setdefault(question.source, []).append(question)
    examples: list[Example] = []
    kinds = [kind for kind in KINDS if kind != "easy"]
    for source in sorted(by_source):
        few = by_source[source]
        for question in chooser.sample(few, min(len(few), size // len(by_source))):
            examples.append(maker.right(question, chooser))
            wrong = maker.of_kind(kinds[len(examples) % len(kinds)], question, chooser)
            examples.extend([wrong] if wrong is not None and question.spans else [])
    return examples


def figures(
    network: ReaderNetwork, examples: Sequence[Example], tokenizer: Tokenizer
) -> dict[str, float]:
    """EM and F1 of the right pairs (percent); how well both scores tell wrong pairs (AUC)."""
    found = read_all(network, examples)
    pairs = list(zip(examples, found, strict=True))
    right = [(example, f) for example, f in pairs if example.spans]
    scores = [_overlap(example, f, tokenizer.decode) for example, f in right]
    result = {
        "em": 100 * sum(score == 1.0 for score in scores) / len(scores),
        "f1": 100 * sum(scores) / len(scores),
    }
    for kind in sorted({example.kind for example in examples} - {"answerable"}):
        wrong = [f for example, f in pairs if example.kind == kind and not example.spans]
        result[f"auc_{kind}"] = auc([f.answerable for _, f in right], [f.answerable for f in wrong])
        result[f"auc_{kind}_span"] = auc([f.margin for _, f in right], [f.margin for f in wrong])
    return result


def support_figures(
    network: ReaderNetwork, examples: Sequence[Example], most: int = 400
) -> dict[str, float]:
    """How well the support score tells supported statements, for each source (AUC)."""
    by_source: dict[str, list[Example]] = {}
    for example in examples:
        by_source.setdefault(example.kind, []).append(example)
    result: dict[str, float] = {}
    for source, some in sorted(by_source.items()):
        scores = support_scores(network, some[:most])
        right = [score for e, score in zip(some, scores, strict=False) if e.supported]
        wrong = [score for e, score in zip(some, scores, strict=False) if not e.supported]
        result[f"auc_support_{source}"] = auc(right, wrong)
    return result


@torch.no_grad()
def support_scores(network: ReaderNetwork, examples: Sequence[Example]) -> list[float]:
    """The support logit of every example, in the order given."""
    scores: list[float] = []
    for example in examples:
        reading = network.read(collate([example], shape_for(len(example))))
        scores.append(float(reading.supported[0]))
    return scores


def _overlap(example: Example, found: Found, decode: Callable[[list[int]], str]) -> float:
    start = 2 + len(example.question) + len(example.prefix)
    first, last = found.first - start, found.last - start
    said = decode(example.passage[max(first, 0) : last + 1].tolist())
    return max(f1(said, decode(example.passage[a : b + 1].tolist())) for a, b in example.spans)
