"""Runs -> a report for people: one HTML page without a network, Markdown, and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.errors import EvalError
from eval.figures import Measure
from eval.measure_table import MEASURES
from eval.records import Record, Results, signature_line, write_whole
from eval.statistics import Interval

_BROKEN_DOWN = (
    "wrong_given",
    "right",
    "decided_right",
    "evidence_recall",
    "quote_recall@5",
    "f1",
    "ndcg@10",
    "recall@10",
)
_MOST_BROKEN_DOWN = 3


@dataclass(frozen=True)
class Group:
    """Runs over the same questions, by the names of their files."""

    runs: Mapping[str, Results]

    @property
    def first(self) -> Results:
        """The run whose questions and articles the group shows."""
        return next(iter(self.runs.values()))

    @property
    def title(self) -> str:
        """Benchmark and split."""
        signature = self.first.signature
        return f"{signature['benchmark']} · {signature['split']}"

    def measures(self, *, headline: bool) -> list[str]:
        """The names of the measures that some run has, headline ones or the others."""
        names = dict.fromkeys(name for run in self.runs.values() for name in run.figures)
        return [name for name in names if name in MEASURES and MEASURES[name].headline == headline]


def write_report(runs: Mapping[str, Results], out: str | Path) -> list[Path]:
    """Write `out`.html, .md and .json for runs by name; the files that were written."""
    from eval.page import page

    if not runs:
        raise EvalError("There are no results to report.", remedy="Name results files.")
    groups = grouped(runs)
    base = Path(out)
    base = base.with_suffix("") if base.suffix in {".html", ".md", ".json"} else base
    texts = {
        ".html": page(groups),
        ".md": markdown(groups),
        ".json": json.dumps(as_json(groups), indent=1),
    }
    written = [base.with_name(base.name + suffix) for suffix in texts]
    for path, text in zip(written, texts.values(), strict=True):
        write_whole(path, text)
    return written


def grouped(runs: Mapping[str, Results]) -> list[Group]:
    """The runs by benchmark, split and data, in the order of their first."""
    groups: dict[tuple[str, ...], dict[str, Results]] = {}
    for name, run in runs.items():
        key = tuple(run.signature.get(part, "") for part in ("benchmark", "split", "data"))
        groups.setdefault(key, {})[name] = run
    return [Group(members) for members in groups.values()]


def figure_shown(results: Results, name: str) -> tuple[str, str]:
    """A figure of a run and its interval, as a person reads them."""
    return interval_shown(MEASURES[name], results.figures.get(name))


def interval_shown(measure: Measure, found: Interval | None) -> tuple[str, str]:
    """A value of a measure and its interval, as a person reads them; "–" for unknown."""
    if found is None:
        return measure.shown(None), ""
    if found.low is None or found.high is None:
        return measure.shown(found.estimate), ""
    interval = f"{measure.shown(found.low)} to {measure.shown(found.high)}"
    return measure.shown(found.estimate), interval


# Breakdown


@dataclass(frozen=True, slots=True)
class Slice:
    """Questions of a kind: how many, and the mean of each measure in each run (None: unknown)."""

    name: str
    count: int
    means: tuple[tuple[float | None, ...], ...]


def broken_down(group: Group) -> tuple[list[str], list[Slice]]:
    """The measures of the breakdown, and its slices: by type, then by tag."""
    there = [n for n in _BROKEN_DOWN if any(n in run.figures for run in group.runs.values())]
    measures = there[:_MOST_BROKEN_DOWN]
    names = sorted({record.type for record in group.first.records})
    tags = sorted({tag for record in group.first.records for tag in record.tags})
    slices = [
        Slice(name, len(_of_kind(group.first, name)), tuple(_means(group, name, measures)))
        for name in [*names, *tags]
    ]
    return measures, slices


def _means(group: Group, kind: str, measures: Sequence[str]) -> Iterator[tuple[float | None, ...]]:
    """For each run the measures' means, and last the share of abstentions."""
    for run in group.runs.values():
        records = _of_kind(run, kind)
        means = [_mean([record.scores.get(name) for record in records]) for name in measures]
        silent = _mean([float(record.abstained) for record in records if record.reply is not None])
        yield (*means, silent)


def _of_kind(results: Results, kind: str) -> list[Record]:
    return [record for record in results.records if kind == record.type or kind in record.tags]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


# Worst first


def badness(record: Record) -> float:
    """How much a question deserves to be looked at: failed, then wrong and sure, then wrongly
    silent, then right with gaps in the evidence or the ranking."""
    if record.asked.error is not None:
        return 4.0
    scores = record.scores
    if record.asked.decision is not None:
        return 1 - (scores.get("decided_right") or 0.0)
    if record.reply is None:
        return 1 - (scores.get("ndcg@10") or 0.0)
    wrong = scores.get("right") == 0.0 or (record.abstained == record.answerable)
    if wrong:
        return 1.0 if record.abstained else 2.0 + (record.reply.confidence or 0.0)
    return (1 - (scores.get("evidence_recall") or 0.0)) / 2 if record.answerable else 0.0


def verdict_on(record: Record) -> str:
    """One word: failed, wrong, silent (wrongly), right, abstained (rightly), found or missed."""
    if record.asked.error is not None:
        return "failed"
    if record.asked.decision is not None:
        return "right" if record.scores.get("decided_right") else "wrong"
    if record.reply is None:
        return "found" if record.scores.get("recall@10") else "missed"
    if record.abstained:
        return "silent" if record.answerable else "abstained"
    if not record.answerable:
        return "wrong"
    right = record.scores.get("right")
    return "answered" if right is None else "right" if right else "wrong"


# Markdown and JSON


def markdown(groups: Sequence[Group]) -> str:
    """Headline tables with intervals, and the signatures."""
    return "\n\n".join(_markdown_of(group) for group in groups) + "\n"


def _markdown_of(group: Group) -> str:
    lines = [f"## {group.title}", ""]
    lines.append(f"| measure | {' | '.join(map(_cell, group.runs))} |")
    lines.append("|---|" + "---|" * len(group.runs))
    for headline in (True, False):
        for name in group.measures(headline=headline):
            cells = [_figure_cell(run, name) for run in group.runs.values()]
            lines.append(f"| {MEASURES[name].title} | {' | '.join(cells)} |")
    lines += ["", "Figures with 95 % intervals.", ""]
    for name, run in group.runs.items():
        lines.append(f"- {_cell(name)}: `{signature_line(run.signature)}`")
        if run.failed:
            lines.append(f"- {_cell(name)}: {run.failed} questions failed and count as wrong.")
    lines += [f"- {_cell(note)}" for note in group.first.notes]
    return "\n".join(lines)


def _figure_cell(results: Results, name: str) -> str:
    value, interval = figure_shown(results, name)
    return f"{value} ({interval})" if interval else value


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def as_json(groups: Sequence[Group]) -> list[dict[str, Any]]:
    """The same for machines: signatures and figures of each run."""
    return [
        {
            "benchmark": run.signature["benchmark"],
            "split": run.signature["split"],
            "run": name,
            "signature": dict(run.signature),
            "signature_line": signature_line(run.signature),
            "questions": len(run.records),
            "failed": run.failed,
            "figures": {measure: asdict(found) for measure, found in run.figures.items()},
            "notes": list(run.notes),
        }
        for group in groups
        for name, run in group.runs.items()
    ]
