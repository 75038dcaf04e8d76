"""How long answers take: percentiles, because a mean hides the answers that people wait for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def latency_p50(latencies_s: Sequence[float]) -> float | None:
    """The median latency, in seconds; None where nothing was timed."""
    return latency_percentile(latencies_s, 50)


def latency_p95(latencies_s: Sequence[float]) -> float | None:
    """The latency, in seconds, that one answer in twenty exceeds; None where nothing was timed."""
    return latency_percentile(latencies_s, 95)


def latency_percentile(latencies_s: Sequence[float], percent: float) -> float | None:
    """The latency, in seconds, that `percent` of the answers do not exceed.

    Between two measured values it is interpolated along the line (type 7 of Hyndman and Fan
    1996, NumPy's default). None where nothing was timed; ValueError for a latency that is
    negative or not finite, or a percent outside 0..100.
    """
    values = np.asarray(latencies_s, dtype=float)
    if not 0 <= percent <= 100:
        raise ValueError(f"A percentile is from 0 to 100, not {percent!r}.")
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError("A latency is a finite number of seconds, 0 or above.")
    return float(np.percentile(values, percent)) if values.size else None
