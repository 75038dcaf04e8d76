"""SQuAD's F1 of kept runs by the threshold of confidence, side by side.

`python -m eval.squad_curve RESULTS... --floors F1...` also says which thresholds reach each floor,
and whether one reaches all of them at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from eval.measure_table import squad_record
from eval.measures import f1
from eval.records import read_results

_STEPS = 50
_SHOWN = 5


def f1_by_threshold(results: Path) -> list[float]:
    """The mean F1 at the thresholds 0, 1/50 to 1: a reply less sure than that counts as silence.

    Raises EvalError for a file that is no whole run.
    """
    records = [squad_record(record) for record in read_results(results).records]
    given = [(1 - r.no_answer, f1(r.prediction, r.golds), f1("", r.golds)) for r in records]
    return [
        sum(said if sure >= step / _STEPS else silent for sure, said, silent in given) / len(given)
        for step in range(_STEPS + 1)
    ]


def reaching(curve: Sequence[float], floor: float) -> set[int]:
    """The steps at which a curve is at its floor or above."""
    return {step for step, score in enumerate(curve) if score >= floor}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the curves and, with floors, where they are reached."""
    parser = argparse.ArgumentParser(prog="python -m eval.squad_curve", description=__doc__)
    parser.add_argument("results", type=Path, nargs="+", help="files that `eval run` wrote")
    parser.add_argument("--floors", type=float, nargs="+", default=[], help="one a file, 0 to 1")
    options = parser.parse_args(arguments)
    curves = [f1_by_threshold(file) for file in options.results]
    print("threshold", *(file.stem for file in options.results), sep="  ")
    for step in range(0, _STEPS + 1, _SHOWN):
        print(f"{step / _STEPS:9.2f}", *(f"{curve[step]:.3f}" for curve in curves), sep="  ")
    if options.floors:
        steps = [reaching(*pair) for pair in zip(curves, options.floors, strict=True)]
        for file, floor, found in zip(options.results, options.floors, steps, strict=True):
            print(f"{file.stem} reaches {floor:.2f} {_between(found)}")
        print(f"all at once {_between(set.intersection(*steps))}")


def _between(steps: set[int]) -> str:
    if not steps:
        return "at no threshold"
    return f"at thresholds from {min(steps) / _STEPS:.2f} to {max(steps) / _STEPS:.2f}"


if __name__ == "__main__":
    main()
