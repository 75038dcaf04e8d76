"""`python -m eval.bench [LIBRARY]`: measure, print a table and write it as JSON."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ingest.embed import Embedder

_QUESTION = "who claimed the Jalalabad attacks?"
_PASSAGE = "The council said on Tuesday that the bridge would stay closed until the spring. " * 11
_MATRIX = 2048


@dataclass(frozen=True, slots=True)
class Measurement:
    """The median and the extremes of several runs of one thing."""

    name: str
    unit: str
    median: float
    least: float
    most: float
    runs: int


def measure(name: str, unit: str, run: Callable[[], float], *, runs: int) -> Measurement:
    """Several runs after one that does not count."""
    run()
    values = [run() for _ in range(runs)]
    return Measurement(name, unit, statistics.median(values), min(values), max(values), runs)


def command_seconds(*arguments: str) -> float:
    """Wall-clock seconds of one `groundwire` command in a process of its own."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "ui", *arguments], check=True, capture_output=True)
    return time.perf_counter() - started


def matrix_gflops() -> float:
    """What the machine's float32 matrix multiplication reaches, in GFLOP/s."""
    a = np.ones((_MATRIX, _MATRIX), np.float32)
    started = time.perf_counter()
    a @ a
    return 2e-9 * _MATRIX**3 / (time.perf_counter() - started)


def passages_per_second(embedder: Embedder, count: int = 64) -> float:
    """How many passages of about 180 tokens are embedded in a second."""
    started = time.perf_counter()
    embedder.embed_passages([_PASSAGE] * count)
    return count / (time.perf_counter() - started)


def question_milliseconds(embedder: Embedder) -> float:
    """The time to embed one question on the fast path."""
    started = time.perf_counter()
    embedder.embed_question(_QUESTION)
    return 1000 * (time.perf_counter() - started)


def ask_milliseconds(library: Path) -> list[float]:
    """The time of each of the local question set's dev questions, asked of one open assistant."""
    from eval.questions import load_questions
    from rag import Assistant

    times: list[float] = []
    with Assistant.open(library) as assistant:
        for question in load_questions():
            started = time.perf_counter()
            assistant.ask(question.standalone or question.question)
            times.append(1000 * (time.perf_counter() - started))
    return times


def bench(library: Path) -> list[Measurement]:
    """All measurements, in the order in which they are shown."""
    folder = str(library)
    asked = ask_milliseconds(library)
    quantiles = statistics.quantiles(asked, n=20)
    return [
        measure("matrix multiplication, float32", "GFLOP/s", matrix_gflops, runs=5),
        measure("groundwire --help", "s", lambda: command_seconds("--help"), runs=5),
        measure(
            "groundwire ask, cold",
            "s",
            lambda: command_seconds("ask", "--library", folder, _QUESTION),
            runs=5,
        ),
        Measurement(
            "Assistant.ask, warm (median, p5, p95)",
            "ms",
            statistics.median(asked),
            quantiles[0],
            quantiles[-1],
            len(asked),
        ),
        *_embedding(),
    ]


def _embedding() -> list[Measurement]:
    automatic, exact = Embedder(), Embedder(precision="float32")
    return [
        measure("a question's vector", "ms", lambda: question_milliseconds(exact), runs=20),
        measure("passages, float32", "1/s", lambda: passages_per_second(exact), runs=3),
        measure("passages, as ingested", "1/s", lambda: passages_per_second(automatic), runs=3),
    ]


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench")
    parser.add_argument("library", type=Path, help="a library to ask; `make ask` makes one")
    parser.add_argument("--out", type=Path, default=Path("runs/bench.json"))
    arguments = parser.parse_args()
    measurements = bench(arguments.library)
    for m in measurements:
        print(f"{m.name:40} {m.median:10.3f} {m.unit:8} ({m.least:.3f} to {m.most:.3f})")
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = arguments.out.with_suffix(".new")
    unfinished.write_text(json.dumps([asdict(m) for m in measurements], indent=1))
    unfinished.replace(arguments.out)


if __name__ == "__main__":
    main()
