"""Figures made of several runs, by hand: means of benchmarks, gaps closed, shares kept."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from eval.benchmark import Asked, Gold, Item
from eval.derived import gap_closed, mean_of, share_kept
from eval.records import Record, Results


def ran(*scores: float | None, ids: Sequence[str] = "abcdefgh") -> Results:
    """A run whose questions have these scores, two of them a conversation."""
    records = [
        Record.of(Item(ids[n], "?", True, Gold(), f"c{n // 2}"), Asked(), {"right": score})
        for n, score in enumerate(scores)
    ]
    return Results({}, {}, records, {})


def test_each_benchmark_weighs_the_same() -> None:
    found = mean_of([ran(1, 1, 1, 1), ran(0, 0.5)], "right")
    assert found is not None
    assert found.estimate == pytest.approx((1 + 0.25) / 2)
    assert (found.items, found.clusters) == (6, 3)


def test_a_gap_is_closed_in_the_mean_of_the_benchmarks() -> None:
    # Floors 0.2 and 0.4, systems 0.5 and 0.5, ceilings 0.6 and 0.8: 0.2 of 0.4 is gone.
    floors, systems, ceilings = (0.2, 0.2), (0.5, 0.5), (0.6, 0.6)
    runs = [ran(*floors), ran(*systems), ran(*ceilings), ran(0.4), ran(0.5), ran(0.8)]
    found = gap_closed(runs, "right")
    assert found is not None
    assert found.estimate == pytest.approx(0.2 / 0.4)


def test_where_the_ceiling_is_no_higher_there_is_no_gap() -> None:
    assert gap_closed([ran(0.5), ran(0.7), ran(0.5)], "right") is None


def test_the_share_kept_is_of_the_same_questions() -> None:
    # The third question has no score in one run, and so counts in neither: 1.5 of 2.
    found = share_kept([ran(1, 0.5, 1, None), ran(1, 1, None, 1)], "right")
    assert found is not None
    assert found.estimate == pytest.approx(0.75)
    assert found.items == 2


def test_intervals_resample_conversations_and_hold_the_figure() -> None:
    harder, easier = ran(1, 1, 0, 0, 1, 1, 0, 1), ran(1, 1, 1, 1, 1, 1, 1, 1)
    found = share_kept([harder, easier], "right")
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert found.estimate == pytest.approx(5 / 8)
    assert found.low < 5 / 8 < found.high
    assert found.clusters == 4


def test_runs_of_other_questions_are_not_mixed() -> None:
    assert share_kept([ran(1, 1), ran(1, 1, ids="xy")], "right") is None
    assert mean_of([ran(1, 1)], "f1") is None
    assert share_kept([ran(1, 1), ran(0, 0)], "right") is None
