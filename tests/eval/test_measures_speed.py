"""Latency percentiles by hand."""

from __future__ import annotations

import pytest

from eval.measures.speed import latency_p50, latency_p95, latency_percentile


@pytest.mark.parametrize(
    ("latencies_s", "p50", "p95"),
    [
        pytest.param([2.0], 2, 2, id="one: itself"),
        pytest.param([1, 3], 2, 1 + 0.95 * 2, id="two: 1+.5*2, 1+.95*2"),
        pytest.param([0, 1, 2, 3, 40][::-1], 2, 3 + 0.8 * 37, id="five: 3rd; rank .95*4=3.8"),
        pytest.param(list(range(101)), 50, 95, id="0..100: 50, 95"),
        pytest.param([], None, None, id="nothing timed: unknown"),
    ],
)
def test_percentiles(latencies_s: list[float], p50: float | None, p95: float | None) -> None:
    assert latency_p50(latencies_s) == pytest.approx(p50)
    assert latency_p95(latencies_s) == pytest.approx(p95)


@pytest.mark.parametrize("bad", [-0.1, float("nan"), float("inf")])
def test_what_is_no_latency_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="finite number of seconds"):
        latency_p50([1.0, bad])


def test_what_is_no_percentile_is_refused() -> None:
    with pytest.raises(ValueError, match="0 to 100"):
        latency_percentile([1.0], 101)
