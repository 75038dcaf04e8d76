"""The weights of `rag/blend.py`, fitted on the dev split of the local questions.

`python -m eval.fit_blend` prints them, and the curve that the thresholds are chosen from: each
story's questions judged by weights that were fitted on the other stories.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.benchmark import Item
from eval.benchmarks.local import load
from eval.libraries import library_of
from eval.measures import answerability_auc
from ingest.article import Span
from ingest.library import Library
from rag.blend import in_context, log_odds
from rag.coverage import coverage, term_weights
from rag.retrieve import retrieve
from rag.trained import TrainedReader

Floats = NDArray[np.float64]

PASSAGES = 10
NAMES = ("margin", "retrieval", "coverage")
_PENALTY = 3.0
_THRESHOLDS = tuple(step / 20 for step in range(1, 13))


@dataclass(frozen=True)
class Asked:
    """A question's sentences. *Shapes:* `inputs`: (sentences, 3), as `NAMES`; `gold`: (sentences,),
    1.0 for a sentence that overlaps a gold quote."""

    story: str
    answerable: bool
    inputs: Floats
    gold: Floats


def ask(item: Item, library: Library, reader: TrainedReader) -> Asked:
    """What the reader finds for a question, as the assistant would: each sentence once."""
    hits = retrieve(library, item.question, limit=PASSAGES)
    weights = term_weights(item.question, library)
    right = [(span.article, span.span) for part in item.gold.evidence for span in part]
    rows: dict[tuple[str, Span], tuple[float, float, float]] = {}
    for finding in reader.find(item.question, in_context(library, hits)):
        hit = hits[finding.text]
        covered = coverage(weights, hit, finding.sentence)
        row = (finding.scores.margin, hit.score, covered)
        known = rows.setdefault((hit.article.source, finding.sentence), row)
        if log_odds(*row) > log_odds(*known):
            rows[hit.article.source, finding.sentence] = row
    gold = [any(a == source and s.overlaps(span) for a, s in right) for source, span in rows]
    story = next(tag for tag in item.tags if tag.startswith("story: "))
    return Asked(
        story, item.answerable, np.array([*rows.values()]).reshape(-1, 3), np.array(gold, float)
    )


def fit(asked: Sequence[Asked]) -> Floats:
    """Logistic regression of "gold" by Newton's method: three weights and the bias.

    Every question counts the same, however many sentences it has. The weights of the inputs, each
    divided by its deviation, are held to zero by a penalty.
    """
    inputs = np.concatenate([one.inputs for one in asked])
    gold = np.concatenate([one.gold for one in asked])
    counts = np.concatenate([np.full(len(one.gold), PASSAGES / len(one.gold)) for one in asked])
    mean, deviation = inputs.mean(axis=0), inputs.std(axis=0)
    rows = np.hstack([(inputs - mean) / deviation, np.ones((len(inputs), 1))])
    held = np.array([_PENALTY] * len(NAMES) + [1e-6])
    weights = np.zeros(rows.shape[1])
    for _ in range(30):
        given = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (counts * (gold - given)) - held * weights
        curve = (rows * (counts * given * (1 - given))[:, None]).T @ rows + np.diag(held)
        weights = weights + np.linalg.solve(curve, slope)
    scaled = weights[:-1] / deviation
    return np.append(scaled, weights[-1] - scaled @ mean)


def best(one: Asked, weights: Floats) -> tuple[float, float]:
    """The probability of a question's likeliest sentence, and whether that is gold."""
    odds = one.inputs @ weights[:-1] + weights[-1]
    first = int(odds.argmax())
    return float(1 / (1 + np.exp(-odds[first]))), float(one.gold[first])


def main() -> None:
    """Print the weights, and the curve without each question's own story."""
    benchmark = load(split="dev")
    reader = TrainedReader()
    with Library.open(library_of(benchmark)) as library:
        found = [ask(item, library, reader) for item in benchmark.items]
    asked = [one for one in found if len(one.gold)]
    *weights, bias = fit(asked)
    print(" ".join(f"{n} {w:.3f}" for n, w in zip(NAMES, weights, strict=True)), f"bias {bias:.2f}")
    left_out = {
        story: fit([one for one in asked if one.story != story])
        for story in {one.story for one in asked}
    }
    judged = [(one, *best(one, left_out[one.story])) for one in asked]
    said = [sure for _, sure, _ in judged]
    able = [one.answerable for one, _, _ in judged]
    first = np.mean([gold for one, _, gold in judged if one.answerable])
    print(f"gold sentence first {first:.3f}, answerability AUC {answerability_auc(said, able):.3f}")
    print("threshold  answerable refused  unanswerable answered  gold of what is answered")
    for threshold in _THRESHOLDS:
        refused = np.mean([s < threshold for s, a in zip(said, able, strict=True) if a])
        answered = np.mean([s >= threshold for s, a in zip(said, able, strict=True) if not a])
        shown = [gold for _, sure, gold in judged if sure >= threshold]
        print(f"{threshold:9.2f}  {refused:18.3f}  {answered:21.3f}  {np.mean(shown):24.3f}")


if __name__ == "__main__":
    main()
