"""How sure a figure is, and whether two runs differ by more than chance.

Questions about one article, or turns of one conversation, succeed and fail together. Everything
here therefore resamples whole clusters (articles, conversations), never single questions; where
questions are independent, give each a cluster of its own. All results are reproducible: random
numbers come from a fixed seed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Verdict = Literal["better", "worse", "no evidence"]

Figure = Callable[[NDArray[np.intp]], float | None]
"""Indices of questions, with repetition -> the figure of those questions, if it exists."""

_BATCH_CELLS = 2_000_000
_SAME = 1e-12


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and its bootstrap interval, with what it was computed from.

    `low` and `high` are None where resampling says nothing: with one cluster, or where all
    clusters agree (twenty right of twenty does not prove that the twenty-first will be).
    """

    estimate: float
    low: float | None
    high: float | None
    items: int
    clusters: int
    level: float = 0.95

    def excludes_zero(self) -> bool | None:
        """Whether 0 lies outside the interval; None where there is no interval."""
        if self.low is None or self.high is None:
            return None
        return self.low > 0 or self.high < 0


# Intervals


def mean_interval(
    values: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    level: float = 0.95,
    n_resamples: int = 10_000,
    seed: int = 0,
) -> Interval:
    """The mean over questions, and its interval by resampling clusters.

    Every question weighs the same, so large clusters weigh more. The interval is
    bias-corrected and accelerated (BCa; Efron 1987), from `scipy.stats.bootstrap`; with a
    handful of clusters it is too narrow, as every bootstrap. `clusters` names the cluster of each
    value. Raises ValueError for no values, and for values that are not finite.
    """
    sums, sizes = _by_cluster(values, clusters)
    estimate = float(sums.sum() / sizes.sum())
    low, high = None, None
    if len(sums) > 1 and np.abs(sums / sizes - estimate).max() > _SAME:
        low, high = _bca(sums, sizes, level=level, n_resamples=n_resamples, seed=seed)
    return Interval(estimate, low, high, int(sizes.sum()), len(sums), level)


def difference_interval(
    baseline: Sequence[float],
    candidate: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    level: float = 0.95,
    n_resamples: int = 10_000,
    seed: int = 0,
) -> Interval:
    """The mean of candidate - baseline, paired by question, and its interval by cluster.

    The three sequences are aligned: one entry a question. As `mean_interval` otherwise.
    """
    return mean_interval(
        _differences(baseline, candidate),
        clusters,
        level=level,
        n_resamples=n_resamples,
        seed=seed,
    )


def figure_interval(
    figure: Figure,
    clusters: Sequence[Hashable],
    *,
    level: float = 0.95,
    n_resamples: int = 2_000,
    seed: int = 0,
) -> Interval | None:
    """The interval of a figure that is no mean over questions: F1 of abstention, AURC, AUC, ...

    `figure` is called with the indices of the questions to compute it from. Percentile bootstrap
    over clusters (Efron 1979). None where the figure does not exist for all questions. No interval
    where it does not exist for more than one resample in twenty. For a paired difference let
    `figure` compute both runs on the same indices and subtract.
    """
    members = _members(clusters)
    estimate = figure(np.arange(len(clusters)))
    if estimate is None:
        return None
    low, high = None, None
    if len(members) > 1:
        rng = np.random.default_rng(seed)
        draws = (rng.integers(len(members), size=len(members)) for _ in range(n_resamples))
        drawn = [figure(np.concatenate([members[number] for number in draw])) for draw in draws]
        known = [value for value in drawn if value is not None]
        if len(known) >= 0.95 * n_resamples and np.ptp(known) > _SAME:
            low, high = _percentiles(np.array(known), level)
    return Interval(float(estimate), low, high, len(clusters), len(members), level)


# Tests


def randomisation_test(
    baseline: Sequence[float],
    candidate: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    n_resamples: int = 10_000,
    seed: int = 0,
) -> float:
    """The two-sided p-value of "the two runs are alike", by swapping the runs within clusters.

    Under that hypothesis the two scores of a question could change places, and so could those of
    a whole cluster: the p-value is the share of such swaps whose mean difference is at least as
    large as the one seen. All swaps are tried where there are no more than `n_resamples`;
    otherwise a random sample, counting the observed one, so that p is never 0. From 0 (not
    included) to 1. (Fisher 1935; Noreen 1989; Smucker, Allan and Carterette 2007.)
    """
    sums, _ = _by_cluster(_differences(baseline, candidate), clusters)
    seen = abs(sums.sum())
    # A sum in another order must not differ from the same sum by rounding.
    bar = seen - _SAME * max(1.0, float(np.abs(sums).sum()))
    if len(sums) < 31 and 2 ** len(sums) <= n_resamples:
        return float(np.mean(np.abs(_all_signs(len(sums)) @ sums) >= bar))
    rng = np.random.default_rng(seed)
    reached = 0
    for size in _batches(n_resamples, len(sums)):
        signs = 2.0 * rng.integers(2, size=(size, len(sums)), dtype=np.int8) - 1.0
        reached += int(np.count_nonzero(np.abs(signs @ sums) >= bar))
    return (reached + 1) / (n_resamples + 1)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """The p-values of several measures, adjusted so that any false alarm stays below alpha.

    The smallest of m is multiplied by m, the next by m - 1, and so on; none falls below an
    earlier one, none exceeds 1. An empty mapping gives an empty one. (Holm 1979.)
    """
    if any(not 0 <= p <= 1 for p in p_values.values()):
        raise ValueError(f"A p-value lies between 0 and 1: {dict(p_values)!r}.")
    adjusted: dict[str, float] = {}
    highest = 0.0
    for rank, measure in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[measure]))
        adjusted[measure] = highest
    return {measure: adjusted[measure] for measure in p_values}


def verdict(
    difference: Interval,
    p_value: float,
    *,
    alpha: float = 0.05,
    higher_is_better: bool = True,
) -> Verdict:
    """What a difference (candidate - baseline) allows to say about the candidate.

    "better" or "worse" only where the p-value, adjusted by `holm` when there are several
    measures, is at most `alpha` and the interval, where there is one, excludes zero. Everything
    else is "no evidence", which does not mean "equal".
    """
    if p_value > alpha or difference.estimate == 0 or difference.excludes_zero() is False:
        return "no evidence"
    return "better" if (difference.estimate > 0) is higher_is_better else "worse"


# Parts


def _differences(baseline: Sequence[float], candidate: Sequence[float]) -> list[float]:
    if len(baseline) != len(candidate):
        raise ValueError(f"Runs must be paired: {len(baseline)} and {len(candidate)} scores.")
    return [new - old for old, new in zip(baseline, candidate, strict=True)]


def _codes(clusters: Sequence[Hashable]) -> NDArray[np.intp]:
    """A number from 0 for each cluster, in the order of first appearance, one entry a question."""
    if not clusters:
        raise ValueError("There is nothing to resample: no questions.")
    numbers = {cluster: number for number, cluster in enumerate(dict.fromkeys(clusters))}
    return np.array([numbers[cluster] for cluster in clusters], dtype=np.intp)


def _members(clusters: Sequence[Hashable]) -> list[NDArray[np.intp]]:
    """For each cluster the indices of its questions."""
    codes = _codes(clusters)
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.cumsum(np.bincount(codes))[:-1])


def _by_cluster(
    values: Sequence[float], clusters: Sequence[Hashable]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The sum of the values of each cluster, and how many they are."""
    if len(values) != len(clusters):
        raise ValueError(f"{len(values)} values, but the clusters of {len(clusters)}.")
    numbers = np.asarray(values, dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError("A value is not finite: a question without a score needs its default.")
    codes = _codes(clusters)
    sums = np.bincount(codes, weights=numbers).astype(np.float64)
    return sums, np.bincount(codes).astype(np.float64)


def _bca(
    sums: NDArray[np.float64],
    sizes: NDArray[np.float64],
    *,
    level: float,
    n_resamples: int,
    seed: int,
) -> tuple[float, float] | tuple[None, None]:
    from scipy.stats import bootstrap

    def mean(
        some_sums: NDArray[np.float64], some_sizes: NDArray[np.float64], axis: int = -1
    ) -> NDArray[np.float64]:
        total: NDArray[np.float64] = some_sums.sum(axis=axis) / some_sizes.sum(axis=axis)
        return total

    found = bootstrap(
        (sums, sizes),
        mean,
        paired=True,
        vectorized=True,
        n_resamples=n_resamples,
        batch=max(1, _BATCH_CELLS // len(sums)),
        confidence_level=level,
        method="BCa",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    if not np.isfinite([found.low, found.high]).all():
        return None, None
    return float(found.low), float(found.high)


def _percentiles(values: NDArray[np.float64], level: float) -> tuple[float, float]:
    tail = (1 - level) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def _all_signs(count: int) -> NDArray[np.float64]:
    """Every way to give `count` numbers a sign, a row each."""
    bits = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
    return (1 - 2 * bits).astype(np.float64)


def _batches(total: int, width: int) -> list[int]:
    """`total` rows of `width` cells in batches that fit into memory."""
    rows = max(1, _BATCH_CELLS // width)
    return [min(rows, total - start) for start in range(0, total, rows)]
