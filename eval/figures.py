"""What a measure of a report is, and its figure over records, with an interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.records import Record
from eval.statistics import Interval, figure_interval, mean_interval

Compute = Callable[[Sequence[Record]], float | None]
_MOST_RESAMPLED_CELLS = 500_000
_RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Measure:
    """A line of a report.

    Without `compute` it is the mean of the questions' scores of that name. `higher_is_better` is
    None for what is neither good nor bad alone. `resampled` is False for what has no interval;
    `tested` is False where swapping runs says nothing, as of percentiles (and of latencies, which
    other work on the machine shifts).
    """

    name: str
    title: str
    definition: str
    higher_is_better: bool | None = True
    unit: str = "share"
    compute: Compute | None = None
    resampled: bool = True
    tested: bool = True

    @property
    def headline(self) -> bool:
        """Whether it stands in the first table of a report and is tested in a comparison."""
        return self.name in HEADLINES

    def shown(self, value: float | None) -> str:
        """A value of it as a person reads it; "–" for unknown."""
        if value is None:
            return "–"
        if self.unit == "seconds" and abs(value) < _SHORT_S:
            return f"{1000 * value:.1f} ms"
        return f"{value:.{_DECIMALS[self.unit]}f}{_UNITS[self.unit]}"


HEADLINES = frozenset(
    [
        "right",
        "right_answerable",
        "words",
        "evidence_precision",
        "evidence_recall",
        "abstention_precision",
        "abstention_recall",
        "abstention_f1",
        "hallucination_rate",
        "error_rate",
        "wrong_given",
        "contradiction_shown",
        "answerability_auc",
        "aurc",
        "ece",
        "article_recall@5",
        "quote_recall@5",
        "exact",
        "f1",
        "has_answer_f1",
        "no_answer_exact",
        "best_f1",
        "ndcg@10",
        "recall@10",
        "recall@100",
        "mrr@10",
        "decision_precision",
        "decision_recall",
        "decided_right",
        "supported_kept",
        "unsupported_caught",
        "balanced_accuracy",
        "citation_validity",
        "latency_p50",
        "latency_p95",
    ]
)
_SHORT_S = 0.05
_DECIMALS = {"share": 3, "seconds": 2, "words": 1, "tokens": 1}
_UNITS = {"share": "", "seconds": " s", "words": "", "tokens": ""}


def figure(measure: Measure, records: Sequence[Record]) -> Interval | None:
    """The measure over the records, resampled by cluster; None where it does not exist."""
    if measure.compute is None:
        known = [record for record in records if record.scores.get(measure.name) is not None]
        if not known:
            return None
        values = [record.scores[measure.name] or 0.0 for record in known]
        return mean_interval(values, [record.cluster for record in known])
    if not records:
        return None
    clusters = [record.cluster for record in records]
    if not measure.resampled:
        estimate = measure.compute(records)
        return estimate if estimate is None else _without_interval(estimate, clusters)
    return figure_interval(
        on_indices(measure.compute, records), clusters, n_resamples=resamples(len(records))
    )


def on_indices(
    compute: Compute, records: Sequence[Record]
) -> Callable[[NDArray[np.intp]], float | None]:
    """A computed figure as a function of the indices of questions."""
    return lambda indices: compute([records[i] for i in indices])


def resamples(questions: int) -> int:
    """How often to resample a figure that must be computed anew each time."""
    return max(200, min(_RESAMPLES, _MOST_RESAMPLED_CELLS // max(1, questions)))


def _without_interval(estimate: float, clusters: Sequence[str]) -> Interval:
    return Interval(estimate, None, None, len(clusters), len(set(clusters)))
