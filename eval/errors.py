"""The error that evaluation raises on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ingest.errors import GroundwireError

_MOST_SHOWN = 20


class EvalError(GroundwireError):
    """A question file, a benchmark, a results file or a gate that cannot be used."""


class MalformedFile(EvalError):
    """A file with lines that cannot be used. `problems` names each with its reason."""

    def __init__(self, path: Path, problems: Sequence[str], *, remedy: str) -> None:
        shown = list(problems[:_MOST_SHOWN])
        if len(problems) > len(shown):
            shown.append(f"... and {len(problems) - len(shown)} more")
        super().__init__(
            "\n".join([f"{str(path)!r} is malformed in {len(problems)} places:", *shown]) + ".\n",
            remedy=remedy,
        )
        self.problems = tuple(problems)


class RunStopped(EvalError):
    """What was under test is gone: no question's error, but the end of the run."""
