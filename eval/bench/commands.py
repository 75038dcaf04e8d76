"""Whole commands, and questions asked of one open assistant."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from eval.questions import load_questions

QUESTION = "who claimed the Jalalabad attacks?"
_RUNS = 5

Row = dict[str, str | float]


def measure(library: Path) -> Iterator[Row]:
    """Seconds of `--help` and of a cold `ask`; milliseconds of the dev questions, asked warm."""
    ask = ["ask", "--library", str(library), QUESTION]
    for name, arguments in (("--help", ["--help"]), ("ask", ask)):
        _run(arguments)
        times = [_run(arguments) for _ in range(_RUNS)]
        yield _row(f"`groundwire {name}`, a process each, s", times)
    yield _row("`Assistant.ask`, warm, ms", _asked(library))


def _run(arguments: list[str]) -> float:
    command = [sys.executable, "-m", "ui", *arguments]
    return _seconds(partial(subprocess.run, command, check=True, capture_output=True))


def _row(name: str, times: list[float]) -> Row:
    p95, most = float(np.percentile(times, 95)), max(times)
    return {
        "what": name,
        "median": round(statistics.median(times), 3),
        "p95": round(p95, 3),
        "most": round(most, 3),
        "times": len(times),
    }


def _asked(library: Path) -> list[float]:
    from rag.assistant import Assistant

    questions = [q.standalone or q.question for q in load_questions()]
    with Assistant.open(library) as assistant:
        assistant.ask(questions[0])
        return [1000 * _seconds(partial(assistant.ask, question)) for question in questions]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
