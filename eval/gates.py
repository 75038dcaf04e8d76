"""Gates: floors and ceilings that the figures of a run must keep."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.errors import EvalError
from eval.measure_table import MEASURES
from eval.records import Results

Bounds = Mapping[str, Mapping[str, float]]
"""Measure -> "min" and/or "max"."""


def read_gates(path: str | Path, benchmark: str, split: str) -> Bounds:
    """The bounds of a benchmark's split in a TOML file: `[local.dev.right]` with `min = 0.6`.

    Raises EvalError for a file that cannot be read, has none for this split, or names no measure.
    """
    path = Path(path)
    try:
        tables: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EvalError(
            f"The gates {str(path)!r} cannot be read: {error}.",
            remedy="Name a TOML file with bounds.",
        ) from error
    bounds = _table(_table(tables, benchmark), split)
    if not bounds:
        raise EvalError(
            f"{str(path)!r} has no gates for {benchmark} {split}.",
            remedy=f"Write [{benchmark}.{split}.MEASURE] with min or max.",
        )
    for name, bound in bounds.items():
        _check(path, name, bound)
    return bounds


def broken_gates(results: Results, bounds: Bounds) -> Iterator[str]:
    """What lies outside its bounds, a line each. A figure that does not exist is outside them."""
    for name, bound in bounds.items():
        measure, found = MEASURES[name], results.figures.get(name)
        if found is None:
            yield f"{measure.title} does not exist, but has a gate"
            continue
        value = found.estimate
        if "min" in bound and value < bound["min"]:
            yield f"{measure.title} is {measure.shown(value)}, below {bound['min']:g}"
        if "max" in bound and value > bound["max"]:
            yield f"{measure.title} is {measure.shown(value)}, above {bound['max']:g}"


def _table(tables: Any, name: str) -> dict[str, Any]:
    found = tables.get(name) if isinstance(tables, dict) else None
    return found if isinstance(found, dict) else {}


def _check(path: Path, name: str, bound: Any) -> None:
    if name not in MEASURES:
        raise EvalError(f"{str(path)!r} has a gate for {name!r}, which is no measure.")
    known = isinstance(bound, dict) and bound and set(bound) <= {"min", "max"}
    if not known or not all(type(value) in (int, float) for value in bound.values()):
        raise EvalError(
            f"The gate of {name!r} in {str(path)!r} is {bound!r}.",
            remedy="Write min = NUMBER, max = NUMBER, or both.",
        )
