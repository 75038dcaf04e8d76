"""Decisions by kind: which share of each was decided rightly, and how often a verdict is right.

`python -m eval.by_kind RESULTS` reads what `groundwire eval run support` wrote. It shows no single
pair, so that unopened ones stay so.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from eval.errors import EvalError
from eval.records import Record, Results, read_results


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, with the 95 % interval of Wilson (1927), which holds for few too."""

    count: int
    of: int

    def __str__(self) -> str:
        from scipy.stats import binomtest

        if not self.of:
            return "–"
        interval = binomtest(self.count, self.of).proportion_ci(0.95, method="wilson")
        return f"{self.count / self.of:.3f} ({interval.low:.3f} to {interval.high:.3f})"


def rows(results: Results) -> list[tuple[str, str, str]]:
    """What, its share and of how many: by kind within each gold decision, then each decision's
    recall and each verdict's precision. Raises EvalError for a run that decided nothing."""
    records = [record for record in results.records if record.gold.decision is not None]
    if not records:
        raise EvalError("This run has no decisions.", remedy="`groundwire eval run support`.")
    found: list[tuple[str, str, str]] = []
    for gold, name in ((False, "no"), (True, "yes")):
        here = [record for record in records if record.gold.decision is gold]
        for kind in sorted({record.type for record in here}):
            found.append(_row(f"{name}: {kind}", [r for r in here if r.type == kind]))
        found.append(_row(f"{name}: recall", here))
    for said, name in ((False, "no"), (True, "yes")):
        judged = [record for record in records if record.asked.decision is said]
        found.append(_row(f"{name}: precision", judged))
    return found


def _row(label: str, records: Sequence[Record]) -> tuple[str, str, str]:
    right = sum(record.asked.decision is record.gold.decision for record in records)
    return label, str(Share(right, len(records))), str(len(records))


def main(arguments: Sequence[str]) -> None:
    """Print the rows of one results file as a table."""
    [path] = arguments
    print("| | right (95 %) | n |\n|---|---|---|")
    for row in rows(read_results(path)):
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main(sys.argv[1:])
