"""The plots of a report: what each shows of one or several runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from eval.measure_table import believed
from eval.measures import calibration_bins, latency_percentile, risk_coverage_curve
from eval.plots import Axis, Series, line_plot
from eval.records import Results
from eval.scoring import CUTOFFS

Runs = Mapping[str, Results]
"""Runs of one benchmark by the name that they have in the report."""

_MOST_POINTS = 200


class Chart(NamedTuple):
    """A plot with its heading, what it says, and the names of its lines in order."""

    title: str
    caption: str
    svg: str
    names: tuple[str, ...]


def charts(runs: Runs) -> list[Chart]:
    """The plots for which the runs hold the data."""
    made = (make(runs) for make in _CHARTS)
    return [chart for chart in made if chart is not None]


def _risk_coverage(runs: Runs) -> Chart | None:
    series = []
    for name, results in runs.items():
        if "aurc" not in results.figures:
            continue
        confidences, right = believed(results.records)
        curve = risk_coverage_curve(confidences, [1 - one for one in right])
        series.append(Series(name, _thinned([(point.coverage, point.risk) for point in curve])))
    return _chart(
        "Risk and coverage",
        "The share of wrong answers when only the most confident are given. Lower is better; the"
        " right end is every question answered, those without an answer too.",
        Axis("share of questions answered"),
        Axis("share of them wrong"),
        series,
    )


def _calibration(runs: Runs) -> Chart | None:
    series = []
    for name, results in runs.items():
        if "ece" not in results.figures:
            continue
        bins = calibration_bins(*believed(results.records))
        most = max((one.count for one in bins), default=1)
        series.append(
            Series(
                name,
                [(one.confidence, one.accuracy) for one in bins],
                [one.count / most for one in bins],
            )
        )
    return _chart(
        "Calibration",
        "How often answers of a like confidence are right, in ten bins of equal mass. On the"
        " diagonal, confidence is what it says.",
        Axis("confidence"),
        Axis("share right"),
        series,
        diagonal=True,
    )


def _recall(runs: Runs) -> Chart | None:
    series = []
    for name, results in runs.items():
        for prefix, what in (("quote_recall@", "quote"), ("article_recall@", "article")):
            points = _at_cutoffs(results, prefix, CUTOFFS)
            series.append(Series(f"{name}, {what}", points))
    if not any(one.points for one in series):
        series = [
            Series(name, _at_cutoffs(results, "recall@", (1, 3, 5, 10, 20, 100)))
            for name, results in runs.items()
        ]
    highest = max((p[0] for one in series for p in one.points), default=1.0)
    cutoffs = [k for k in (1, 3, 5, 10, 20, 100) if math.log(k) <= highest + 1e-9]
    ticks = tuple((math.log(k), str(k)) for k in cutoffs)
    return _chart(
        "Recall of the retrieval",
        "The share of the gold that is among the k best passages.",
        Axis("k", 0.0, max(highest, 1e-9), ticks),
        Axis("recall"),
        series,
    )


def _latency(runs: Runs) -> Chart | None:
    series = []
    for name, results in runs.items():
        times = [r.asked.latency_s for r in results.records if r.asked.latency_s is not None]
        found = [(latency_percentile(times, percent), percent) for percent in range(100)]
        points = [(seconds, percent / 100) for seconds, percent in found if seconds is not None]
        series.append(Series(name, points))
    slowest = max((one.points[-1][0] for one in series if one.points), default=1.0)
    return _chart(
        "Latency",
        "The share of questions answered within a time (the slowest hundredth is left out).",
        Axis("seconds", 0.0, slowest),
        Axis("share of questions"),
        series,
    )


_CHARTS: tuple[Callable[[Runs], Chart | None], ...] = (
    _risk_coverage,
    _calibration,
    _recall,
    _latency,
)


def _chart(
    title: str,
    caption: str,
    x: Axis,
    y: Axis,
    series: Sequence[Series],
    *,
    diagonal: bool = False,
) -> Chart | None:
    drawn = [one for one in series if one.points]
    if not drawn:
        return None
    svg = line_plot(title, x, y, drawn, diagonal=diagonal)
    return Chart(title, caption, svg, tuple(one.name for one in drawn))


def _at_cutoffs(results: Results, prefix: str, cutoffs: Sequence[int]) -> list[tuple[float, float]]:
    return [
        (math.log(k), results.figures[f"{prefix}{k}"].estimate)
        for k in cutoffs
        if f"{prefix}{k}" in results.figures
    ]


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most so many points, the first and the last among them."""
    if len(points) <= _MOST_POINTS:
        return list(points)
    step = (len(points) - 1) / (_MOST_POINTS - 1)
    return [points[round(number * step)] for number in range(_MOST_POINTS)]
