"""Figures made of several runs: a mean over benchmarks, the part of a gap that is closed, and what
is left of a figure under a harder condition.

Each is a function of runs and of the name of a score, with an interval by resampling clusters. It
is None where a run lacks that score, and where runs do not ask the same questions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from eval.records import Results
from eval.statistics import Interval, figure_interval

Derived = Callable[[Sequence[Results], str], Interval | None]
"""Runs and the name of a score -> the figure."""


def mean_of(runs: Sequence[Results], name: str) -> Interval | None:
    """The mean of the runs' means: each run weighs the same, however many questions it has."""
    table = _scores([[run] for run in runs], name)
    return None if table is None else _resampled(table, lambda means: float(means[:, 0].mean()))


def gap_closed(runs: Sequence[Results], name: str) -> Interval | None:
    """How much of the way from a floor to a ceiling is gone, in the means over benchmarks; 1 is all
    of it. The runs are a floor, a system and a ceiling for each benchmark, in this order."""
    table = _scores([runs[start : start + 3] for start in range(0, len(runs), 3)], name)
    if table is None:
        return None

    def closed(means: NDArray[np.float64]) -> float | None:
        floor, system, ceiling = means.mean(axis=0)
        return float((system - floor) / (ceiling - floor)) if ceiling > floor else None

    return _resampled(table, closed)


def share_kept(runs: Sequence[Results], name: str) -> Interval | None:
    """The mean of the first run over that of the second, of the same questions."""
    table = _scores([runs], name)

    def kept(means: NDArray[np.float64]) -> float | None:
        return float(means[0, 0] / means[0, 1]) if means[0, 1] else None

    return None if table is None else _resampled(table, kept)


_Table = tuple[NDArray[np.float64], NDArray[np.intp], list[tuple[int, str]]]
"""A row for each question: its scores in the runs of its benchmark, the number of that one, and its
cluster."""


def _scores(benchmarks: Sequence[Sequence[Results]], name: str) -> _Table | None:
    rows: list[list[float]] = []
    numbers: list[int] = []
    clusters: list[tuple[int, str]] = []
    for number, runs in enumerate(benchmarks):
        scored = [{r.id: r.scores.get(name) for r in run.records} for run in runs]
        if any(one.keys() != scored[0].keys() for one in scored):
            return None
        for record in runs[0].records:
            scores = [s for one in scored if (s := one[record.id]) is not None]
            if len(scores) == len(runs):
                rows.append(scores)
                numbers.append(number)
                clusters.append((number, record.cluster))
    if set(numbers) != set(range(len(benchmarks))):
        return None
    return np.array(rows), np.array(numbers, dtype=np.intp), clusters


def _resampled(
    table: _Table, figure: Callable[[NDArray[np.float64]], float | None]
) -> Interval | None:
    """The figure of the means, a row for each benchmark and a column for each of its runs."""
    scores, numbers, clusters = table
    count = int(numbers.max()) + 1

    def of(indices: NDArray[np.intp]) -> float | None:
        chosen, belongs = scores[indices], numbers[indices]
        if len(np.unique(belongs)) < count:
            return None
        return figure(np.array([chosen[belongs == n].mean(axis=0) for n in range(count)]))

    return figure_interval(of, clusters)
