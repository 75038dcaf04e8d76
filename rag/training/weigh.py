"""Fits the weights of the support check on pairs of statement and evidence.

`python -m rag.training.weigh --pairs FILE... [--data FOLDER]` writes `rag/models/support.json`. The
pairs are hand-written (docs/support.md has the format). Each right statement is also shown beside
the evidence of another pair, which does not support it; of FOLDER, which `read_pairs` reads, a
sample counts two fifths.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from rag.checks.doubts import Kind
from rag.support import DECISIVE, WEIGHTS, Signs, SupportChecker
from rag.training.support import read_pairs

Floats = NDArray[np.float64]
_KINDS: tuple[Kind, ...] = get_args(Kind)
_WEIGHED = tuple(kind for kind in _KINDS if kind not in DECISIVE)
_DECISIVE_WEIGHT = -6.0
_PRIOR_DOUBT = -2.0  # what a kind of doubt weighs that the pairs hardly show
_PRIOR_STRENGTH = 1.0
_PUBLIC_WEIGHT = 0.4
_PUBLIC_SAMPLE = 300  # pairs a source
_NEXT = 7  # a statement's other evidence is that of so many right ones further on
_STEPS = 50
_SLACK = 1e-9
THRESHOLD = 0.5


@dataclass(frozen=True)
class Example:
    """The signs of a pair, whether it is supported, and how much it counts."""

    signs: Signs
    supported: bool
    weight: float


def written(checker: SupportChecker, files: Sequence[Path]) -> Iterator[Example]:
    """The hand-written pairs."""
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            signs = checker.signs(row["statement"], row["evidence"])
            yield Example(signs, row["supported"], 1.0)


def mismatched(checker: SupportChecker, files: Sequence[Path]) -> Iterator[Example]:
    """The right statements of the hand-written pairs, each beside the evidence of another."""
    for file in files:
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        right = [row for row in rows if row["supported"]]
        for at, row in enumerate(right):
            other = right[(at + _NEXT) % len(right)]
            if other["evidence"] != row["evidence"]:
                signs = checker.signs(row["statement"], other["evidence"])
                yield Example(signs, False, 1.0)


def public(checker: SupportChecker, folder: Path, seed: int) -> Iterator[Example]:
    """A sample of the public pairs that may be trained on."""
    by_source: dict[str, list[Example]] = {}
    pairs = [*read_pairs(folder).train]
    random.Random(seed).shuffle(pairs)
    for pair in pairs:
        known = by_source.setdefault(pair.source, [])
        if len(known) < _PUBLIC_SAMPLE:
            signs = checker.signs(pair.statement, [pair.evidence])
            known.append(Example(signs, pair.supported, _PUBLIC_WEIGHT))
    for known in by_source.values():
        yield from known


def features(signs: Signs) -> list[float]:
    """1, the head times the unsaid share, how far apart the texts are, and the strength of each
    kind of doubt."""
    doubts = [signs.strengths.get(kind, 0.0) for kind in _WEIGHED]
    return [1.0, signs.head * signs.unsaid, signs.apart, *doubts]


def fit(examples: Sequence[Example]) -> Floats:
    """The most probable weights of a logistic regression by Newton's method with halved steps,
    with a normal prior round zero, for doubts round `_PRIOR_DOUBT`. Decisive doubts leave a pair
    out."""
    free = [e for e in examples if not any(doubt.kind in DECISIVE for doubt in e.signs.doubts)]
    x = np.array([features(example.signs) for example in free])
    y = np.array([example.supported for example in free], float)
    counts = np.array([example.weight for example in free])
    prior = np.array([0.0, 0.0, 0.0, *([_PRIOR_DOUBT] * len(_WEIGHED))])

    def loss(weights: Floats) -> float:
        wrong = np.logaddexp(0, np.where(y, -1, 1) * (x @ weights))
        return float(counts @ wrong + _PRIOR_STRENGTH / 2 * np.sum((weights - prior) ** 2))

    weights = prior.copy()
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-x @ weights))
        gradient = x.T @ (counts * (y - p)) - _PRIOR_STRENGTH * (weights - prior)
        curvature = (x.T * (counts * p * (1 - p))) @ x + _PRIOR_STRENGTH * np.eye(len(weights))
        step = np.linalg.solve(curvature, gradient)
        while loss(weights + step) > loss(weights) + _SLACK:
            step = step / 2
        weights = weights + step
    return np.asarray(weights, np.float64)


def as_json(weights: Floats, examples: Sequence[Example]) -> dict[str, object]:
    """What `rag.support.Weights.read` reads, with what it was fitted on."""
    rounded = [round(float(weight), 3) for weight in weights]
    return {
        "bias": rounded[0],
        "head": rounded[1],
        "apart": rounded[2],
        "doubts": {
            **dict.fromkeys(sorted(DECISIVE), _DECISIVE_WEIGHT),
            **dict(zip(_WEIGHED, rounded[3:], strict=True)),
        },
        "threshold": THRESHOLD,
        "signature": {
            "written": sum(example.weight == 1.0 for example in examples),
            "public": sum(example.weight < 1.0 for example in examples),
        },
    }


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(prog="python -m rag.training.weigh", description=__doc__)
    parser.add_argument("--pairs", type=Path, nargs="+", required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    checker = SupportChecker()
    examples = [*written(checker, options.pairs), *mismatched(checker, options.pairs)]
    if options.data:
        examples += public(checker, options.data, options.seed)
    fitted = as_json(fit(examples), examples)
    options.out.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(fitted))


if __name__ == "__main__":
    main()
