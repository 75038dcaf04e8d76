"""Intervals and tests by cluster: hand-computed tables, exhaustive references, and coverage."""

from __future__ import annotations

from itertools import product
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.statistics import (
    Interval,
    difference_interval,
    figure_interval,
    holm,
    mean_interval,
    randomisation_test,
    verdict,
)

VALUES = st.sampled_from([-1.0, -0.3, 0.0, 0.1, 0.5, 1.0])
CLUSTERED = st.lists(st.tuples(VALUES, VALUES, st.sampled_from("abcde")), min_size=1, max_size=14)


def width(interval: Interval) -> float:
    assert interval.low is not None
    assert interval.high is not None
    return interval.high - interval.low


# Intervals


def test_the_mean_is_over_questions_not_over_clusters() -> None:
    interval = mean_interval([1, 1, 1, 0], ["a", "a", "a", "b"])
    assert interval.estimate == 3 / 4  # not (1 + 0) / 2
    assert (interval.items, interval.clusters, interval.level) == (4, 2, 0.95)


@pytest.mark.parametrize(
    ("values", "clusters"),
    [
        pytest.param([1, 0, 1], ["a", "a", "a"], id="one cluster"),
        pytest.param([1, 1, 1], ["a", "b", "c"], id="all right"),
        pytest.param([0.1] * 6, list("aaabbc"), id="all alike, but for rounding"),
        pytest.param([1, 0, 0, 1], ["a", "a", "b", "b"], id="alike by cluster"),
    ],
)
def test_where_resampling_says_nothing_there_is_no_interval(
    values: list[float], clusters: list[str]
) -> None:
    interval = mean_interval(values, clusters)
    assert interval.low is interval.high is None
    assert interval.estimate == pytest.approx(sum(values) / len(values))
    assert interval.excludes_zero() is None


def test_the_interval_is_near_the_normal_one_for_many_alike() -> None:
    # 400 coins, 60 % heads: 0.6 +- 1.96 * sqrt(.24/400) = 0.6 +- 0.048
    interval = mean_interval([1.0] * 240 + [0.0] * 160, range(400))
    half = NormalDist().inv_cdf(0.975) * (0.6 * 0.4 / 400) ** 0.5
    assert interval.low == pytest.approx(0.6 - half, abs=0.004)
    assert interval.high == pytest.approx(0.6 + half, abs=0.004)


def test_questions_that_fail_together_widen_the_interval() -> None:
    # Ten turns of each conversation agree: the information is that of 40 coins, not of 400.
    values = [float(turn // 10 % 2) for turn in range(400)]
    alone = mean_interval(values, range(400))
    together = mean_interval(values, [turn // 10 for turn in range(400)])
    assert width(together) / width(alone) == pytest.approx(10**0.5, rel=0.1)


def test_the_interval_agrees_with_a_bootstrap_written_out() -> None:
    """Percentiles of resampled clusters, drawn one by one; BCa moves them a little."""
    rng = np.random.default_rng(3)
    clusters = [int(c) for c in rng.integers(60, size=300)]
    values = [float(rng.random() < 0.2 + 0.01 * c) for c in clusters]
    groups = {c: [v for v, d in zip(values, clusters, strict=True) if d == c] for c in clusters}
    names = list(groups)
    means = []
    for _ in range(2000):
        drawn = [v for c in rng.choice(names, size=len(names)) for v in groups[int(c)]]
        means.append(sum(drawn) / len(drawn))
    interval = mean_interval(values, clusters)
    assert [interval.low, interval.high] == pytest.approx(
        np.quantile(means, [0.025, 0.975]), abs=0.012
    )


def test_the_interval_holds_what_it_promises() -> None:
    """Of 200 samples of 40 clusters with a true mean of 0.7, about 95 % have it inside."""
    rng = np.random.default_rng(11)
    inside = 0
    for _ in range(200):
        chance = rng.beta(7, 3, size=40)
        values = (rng.random((40, 3)) < chance[:, None]).astype(float).ravel()
        interval = mean_interval(values.tolist(), [i // 3 for i in range(120)], n_resamples=500)
        assert interval.low is not None
        assert interval.high is not None
        inside += interval.low <= 0.7 <= interval.high
    assert 0.90 <= inside / 200 <= 0.99


def test_a_wider_level_is_wider() -> None:
    values, clusters = [0.0, 1, 1, 0, 1, 1, 1, 0], range(8)
    narrow = mean_interval(values, clusters, level=0.5)
    wide = mean_interval(values, clusters, level=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high  # type: ignore[operator]


def test_the_same_seed_gives_the_same_interval() -> None:
    values, clusters = [0.0, 1, 1, 0, 1, 1, 0.5], list("aabbcde")
    assert mean_interval(values, clusters) == mean_interval(values, clusters)
    assert mean_interval(values, clusters) != mean_interval(
        values, clusters, seed=9, n_resamples=99
    )


@settings(max_examples=40, deadline=None)
@given(CLUSTERED)
def test_intervals_lie_among_the_clusters(rows: list[tuple[float, float, str]]) -> None:
    interval = mean_interval([r[0] for r in rows], [r[2] for r in rows], n_resamples=200)
    if interval.low is not None and interval.high is not None:
        means = [np.mean([r[0] for r in rows if r[2] == c]) for c in {r[2] for r in rows}]
        assert min(means) - 1e-9 <= interval.low <= interval.high <= max(means) + 1e-9


def test_a_difference_is_paired() -> None:
    """Two runs that share their hard questions: the paired interval is narrow, and excludes 0."""
    old = [float(i % 10) for i in range(100)]
    new = [score + 0.5 + 0.1 * (i % 3) for i, score in enumerate(old)]
    paired = difference_interval(old, new, range(100))
    assert paired.estimate == pytest.approx(0.5 + 0.1 * 99 / 100)
    assert paired.low == pytest.approx(0.6, abs=0.03)
    assert paired.excludes_zero() is True
    back = difference_interval(new, old, range(100))
    assert back.estimate == pytest.approx(-paired.estimate)
    assert back.excludes_zero() is True
    assert mean_interval([-1.0, 1, 2, -2], range(4)).excludes_zero() is False


def test_any_figure_has_an_interval() -> None:
    rng = np.random.default_rng(5)
    values = rng.random(80)
    clusters = [i // 2 for i in range(80)]
    found = figure_interval(lambda at: float(values[at].mean()), clusters)
    known = mean_interval(values.tolist(), clusters)
    assert found is not None
    assert found.estimate == pytest.approx(known.estimate)
    assert [found.low, found.high] == pytest.approx([known.low, known.high], abs=0.01)
    assert (found.items, found.clusters) == (80, 40)


def test_figures_resample_whole_clusters() -> None:
    seen: list[list[int]] = []

    def figure(at: np.ndarray) -> float:
        seen.append(sorted(at.tolist()))
        return float(len(at))

    interval = figure_interval(figure, ["a", "b", "a"], n_resamples=50)
    assert seen[0] == [0, 1, 2]
    assert {tuple(s) for s in seen} == {(0, 1, 2), (0, 0, 2, 2), (1, 1)}
    assert (interval.low, interval.high) == (2, 4)  # type: ignore[union-attr]


def test_a_figure_that_does_not_exist_has_no_interval() -> None:
    assert figure_interval(lambda at: None, ["a", "b"]) is None
    # Known for all questions, but not for the quarter of resamples that draw "b" twice.
    half_known = figure_interval(lambda at: float(at.mean()) if 0 in at else None, ["a", "b"])
    assert half_known == Interval(0.5, None, None, 2, 2)


@pytest.mark.parametrize(
    ("values", "clusters", "message"),
    [
        ([], [], "no questions"),
        ([1.0], ["a", "b"], "1 values, but the clusters of 2"),
        ([1.0, float("nan")], ["a", "b"], "not finite"),
    ],
)
def test_malformed_values_are_refused(
    values: list[float], clusters: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        mean_interval(values, clusters)
    with pytest.raises(ValueError, match=message):
        randomisation_test(values, [0.0] * len(values), clusters)


def test_unpaired_runs_are_refused() -> None:
    with pytest.raises(ValueError, match="paired: 2 and 1"):
        difference_interval([1, 0], [1], ["a", "b"])
    with pytest.raises(ValueError, match="paired: 2 and 1"):
        randomisation_test([1, 0], [1], ["a", "b"])


# Tests


@pytest.mark.parametrize(
    ("differences", "clusters", "p"),
    [
        pytest.param([1, 1, 1, 1, 1], "abcde", 2 / 32, id="5 of 5 up: 2 of 2^5"),
        pytest.param([1, 1, 1], "abc", 2 / 8, id="3 of 3 up: 2 of 2^3"),
        pytest.param([1, 1, -1], "abc", 1.0, id="2 up 1 down: |sum| >= 1 in 8 of 8"),
        pytest.param([3, 1, 1], "abc", 2 / 8, id="|sum| >= 5: 2 of 2^3"),
        pytest.param([3, 1, -1], "abc", 6 / 8, id="|sum| >= 3: all but |3-1-1| = 1: 6 of 8"),
        pytest.param([1, 1, 1, 1, 1], "aaaaa", 1.0, id="one cluster proves nothing: 2 of 2"),
        pytest.param([1, 1, 1, 1, 1], "aaabb", 2 / 4, id="two clusters: 2 of 4"),
        pytest.param([0, 0, 0], "abc", 1.0, id="no difference: 1"),
        pytest.param([0.1, 0.2, -0.3], "abc", 1.0, id="a sum of rounding is no difference"),
    ],
)
def test_randomisation_by_hand(differences: list[float], clusters: str, p: float) -> None:
    old = [0.0] * len(differences)
    assert randomisation_test(old, differences, list(clusters)) == pytest.approx(p)
    assert randomisation_test(differences, old, list(clusters)) == pytest.approx(p)


@settings(max_examples=60, deadline=None)
@given(CLUSTERED)
def test_randomisation_agrees_with_trying_all_swaps(rows: list[tuple[float, float, str]]) -> None:
    names = sorted({row[2] for row in rows})
    seen = abs(sum(new - old for old, new, _ in rows))
    reached = 0
    for swaps in product([False, True], repeat=len(names)):
        swapped = dict(zip(names, swaps, strict=True))
        total = sum(old - new if swapped[c] else new - old for old, new, c in rows)
        reached += abs(total) >= seen - 1e-9
    old, new, clusters = zip(*rows, strict=True)
    found = randomisation_test(old, new, clusters)
    assert found == pytest.approx(reached / 2 ** len(names))


def test_sampled_swaps_agree_with_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(8)
    old, new = rng.random(60), rng.random(60) + 0.04
    expected = stats.permutation_test(
        (new - old,), np.mean, permutation_type="samples", n_resamples=10_000, rng=rng
    ).pvalue
    found = randomisation_test(old.tolist(), new.tolist(), range(60))
    assert 0.01 < found < 0.5  # a case in which something could go wrong
    assert found == pytest.approx(expected, abs=0.02)


def test_sampled_swaps_are_never_impossible_and_repeat() -> None:
    old, new = [0.0] * 200, [1.0] * 200
    p = randomisation_test(old, new, range(200), n_resamples=999)
    assert p == 1 / 1000
    noisy = [float(i % 3) for i in range(200)]
    assert randomisation_test(old, noisy, range(200)) == randomisation_test(old, noisy, range(200))


def test_alike_runs_are_called_different_no_more_often_than_alpha() -> None:
    rng = np.random.default_rng(2)
    alarms = 0
    for _ in range(300):
        # Turns of a conversation share their luck: by turn, this would alarm far more often.
        luck = np.repeat(rng.normal(size=20), 5)
        alarms += (
            randomisation_test(
                [0.0] * 100, luck.tolist(), [i // 5 for i in range(100)], n_resamples=400
            )
            <= 0.05
        )
    assert alarms / 300 <= 0.09


@pytest.mark.parametrize(
    ("p_values", "adjusted"),
    [
        pytest.param({"em": 0.01, "f1": 0.04, "r": 0.03}, {"em": 0.03, "f1": 0.06, "r": 0.06},
                     id="3*.01, then 2*.03, then max(.06, 1*.04)"),
        pytest.param({"a": 0.5, "b": 0.4}, {"a": 0.8, "b": 0.8}, id="2*.4, then max(.8, .5)"),
        pytest.param({"a": 0.9, "b": 0.8}, {"a": 1.0, "b": 1.0}, id="never above 1"),
        pytest.param({"a": 0.04}, {"a": 0.04}, id="alone: itself"),
        pytest.param({}, {}, id="none"),
    ],
)  # fmt: skip
def test_holm(p_values: dict[str, float], adjusted: dict[str, float]) -> None:
    assert holm(p_values) == pytest.approx(adjusted)
    assert list(holm(p_values)) == list(p_values)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=6), st.floats(0.01, 0.2))
def test_holm_rejects_what_the_step_down_procedure_rejects(
    p_values: dict[str, float], alpha: float
) -> None:
    rejected = set()
    for rank, name in enumerate(sorted(p_values, key=lambda n: p_values[n])):
        if (len(p_values) - rank) * p_values[name] > alpha:
            break
        rejected.add(name)
    assert {name for name, p in holm(p_values).items() if p <= alpha} == rejected


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_holm_refuses_what_is_no_probability(p: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm({"em": p})


@pytest.mark.parametrize(
    ("estimate", "low", "high", "p", "higher_is_better", "expected"),
    [
        pytest.param(0.1, 0.02, 0.2, 0.01, True, "better", id="up, where up is good"),
        pytest.param(-0.1, -0.2, -0.02, 0.01, True, "worse", id="down, where up is good"),
        pytest.param(0.1, 0.02, 0.2, 0.01, False, "worse", id="up, where down is good"),
        pytest.param(-0.1, -0.2, -0.02, 0.01, False, "better", id="down, where down is good"),
        pytest.param(0.1, 0.02, 0.2, 0.05, True, "better", id="p = alpha"),
        pytest.param(0.1, 0.02, 0.2, 0.06, True, "no evidence", id="p > alpha"),
        pytest.param(0.1, -0.01, 0.2, 0.01, True, "no evidence", id="the interval holds 0"),
        pytest.param(0.1, 0.0, 0.2, 0.01, True, "no evidence", id="the interval ends at 0"),
        pytest.param(1.0, None, None, 0.01, True, "better", id="all alike and up: p decides"),
        pytest.param(0.0, None, None, 0.01, True, "no evidence", id="no difference"),
    ],
)
def test_verdict(
    estimate: float,
    low: float | None,
    high: float | None,
    p: float,
    higher_is_better: bool,
    expected: str,
) -> None:
    difference = Interval(estimate, low, high, 50, 20)
    assert verdict(difference, p, higher_is_better=higher_is_better) == expected
