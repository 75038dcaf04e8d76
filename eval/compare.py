"""Two runs of one benchmark, question by question: better, worse, or no evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from eval.errors import EvalError
from eval.figures import Compute, Measure, on_indices, resamples
from eval.measure_table import MEASURES
from eval.records import Record, Results, signature_line
from eval.statistics import (
    Interval,
    Verdict,
    difference_interval,
    figure_interval,
    holm,
    randomisation_test,
    verdict,
)

_SEED = 0


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure: both figures over the questions that both have, the difference (candidate -
    baseline) with its interval, and the p-value, adjusted by Holm over the measures of the table.

    `p_value` and `verdict` are None for a measure that is neither good nor bad alone, or that is
    not tested.
    """

    measure: Measure
    baseline: float
    candidate: float
    difference: Interval
    p_value: float | None
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs compared. `only_one` is how many questions only one of the runs has."""

    baseline: str
    candidate: str
    questions: int
    only_one: int
    rows: tuple[Compared, ...]

    def _differing(self) -> str:
        """The parts of the signatures that are not the same."""
        old, new = (set(line.split("|")) for line in (self.baseline, self.candidate))
        names = dict.fromkeys(part.partition(":")[0] for part in sorted(old ^ new))
        return ", ".join(names) or "nothing"

    def table(self) -> str:
        """A line for each measure, and both signatures."""
        header = ("measure", "baseline", "candidate", "difference", "95 %", "p (Holm)", "verdict")
        lines = [header, *(_line(row) for row in self.rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
        missing = f"; {self.only_one} are only in one run" if self.only_one else ""
        return "\n".join(
            [
                f"baseline   {self.baseline}",
                f"candidate  {self.candidate}",
                f"{self.questions} questions in both{missing}; they differ in {self._differing()}",
                "",
                *("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines),
            ]
        )


def compare(baseline: Results, candidate: Results) -> Comparison:
    """Compare two runs on the questions that both have, by the measures that both have.

    Whole clusters are resampled and swapped, never single questions. Raises EvalError for runs of
    different benchmarks or data.
    """
    for name in ("benchmark", "data"):
        old, new = baseline.signature.get(name), candidate.signature.get(name)
        if old != new:
            raise EvalError(
                f"The runs differ in {name}: {old!r} and {new!r}.",
                remedy="Only runs of the same questions can be paired.",
            )
    olds = {record.id: record for record in baseline.records}
    news = {record.id: record for record in candidate.records}
    shared = [identifier for identifier in olds if identifier in news]
    if not shared:
        raise EvalError("The runs have no question in common.")
    pairs = [olds[i] for i in shared], [news[i] for i in shared]
    names = [
        name
        for name in baseline.figures
        if name in candidate.figures and name in MEASURES and MEASURES[name].headline
    ]
    rows = [row for name in names if (row := _compared(MEASURES[name], *pairs)) is not None]
    adjusted = holm({row.measure.name: row.p_value for row in rows if row.p_value is not None})
    return Comparison(
        signature_line(baseline.signature),
        signature_line(candidate.signature),
        len(shared),
        len(olds.keys() ^ news.keys()),
        tuple(_judged(row, adjusted.get(row.measure.name)) for row in rows),
    )


def _judged(row: Compared, p_value: float | None) -> Compared:
    better = row.measure.higher_is_better
    if p_value is None or better is None:
        return row
    found = verdict(row.difference, p_value, higher_is_better=better)
    return replace(row, p_value=p_value, verdict=found)


def _compared(measure: Measure, olds: Sequence[Record], news: Sequence[Record]) -> Compared | None:
    """The row of a measure, with its own p-value; None where no question has it in both runs."""
    if measure.compute is None:
        return _compared_means(measure, olds, news)
    clusters = [record.cluster for record in olds]
    old, new = on_indices(measure.compute, olds), on_indices(measure.compute, news)
    everything = np.arange(len(olds))
    before, after = old(everything), new(everything)
    if before is None or after is None:
        return None
    if not measure.resampled:
        difference = Interval(after - before, None, None, len(olds), len(set(clusters)))
        return Compared(measure, before, after, difference, None, None)
    found = figure_interval(
        lambda some: _difference(old(some), new(some)), clusters, n_resamples=resamples(len(olds))
    )
    if found is None:
        return None
    p_value = _swapped(measure.compute, olds, news) if measure.tested else None
    return Compared(measure, before, after, found, p_value, None)


def _compared_means(
    measure: Measure, olds: Sequence[Record], news: Sequence[Record]
) -> Compared | None:
    scores = [
        (old.scores.get(measure.name), new.scores.get(measure.name), old.cluster)
        for old, new in zip(olds, news, strict=True)
    ]
    known = [(a, b, cluster) for a, b, cluster in scores if a is not None and b is not None]
    if not known:
        return None
    before, after = [one[0] for one in known], [one[1] for one in known]
    clusters = [one[2] for one in known]
    difference = difference_interval(before, after, clusters)
    p_value = (
        randomisation_test(before, after, clusters)
        if measure.higher_is_better is not None
        else None
    )
    return Compared(
        measure, float(np.mean(before)), float(np.mean(after)), difference, p_value, None
    )


def _swapped(compute: Compute, olds: Sequence[Record], news: Sequence[Record]) -> float:
    """The p-value of a figure that is no mean: how often runs whose clusters are swapped at random
    differ at least as much (Fisher 1935; Noreen 1989)."""
    clusters = {name: n for n, name in enumerate(dict.fromkeys(old.cluster for old in olds))}
    codes = np.array([clusters[old.cluster] for old in olds])
    seen = abs(_difference(compute(olds), compute(news)) or 0.0)
    rng = np.random.default_rng(_SEED)
    reached, tried = 0, resamples(len(olds))
    for _ in range(tried):
        swap = rng.integers(2, size=len(clusters), dtype=np.int8)[codes].astype(bool)
        one = [new if s else old for old, new, s in zip(olds, news, swap, strict=True)]
        two = [old if s else new for old, new, s in zip(olds, news, swap, strict=True)]
        difference = _difference(compute(one), compute(two))
        reached += difference is not None and abs(difference) >= seen - 1e-12
    return (reached + 1) / (tried + 1)


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


def _line(row: Compared) -> tuple[str, ...]:
    shown, difference = row.measure.shown, row.difference
    interval = "–"
    if difference.low is not None and difference.high is not None:
        interval = f"{shown(difference.low)} to {shown(difference.high)}"
    return (
        row.measure.title,
        shown(row.baseline),
        shown(row.candidate),
        ("+" if difference.estimate > 0 else "") + shown(difference.estimate),
        interval,
        "–" if row.p_value is None else f"{row.p_value:.3g}",
        row.verdict or "–",
    )
