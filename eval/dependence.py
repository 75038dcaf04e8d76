"""How well it is decided whether a question leans on its conversation, and what that costs.

`python -m eval.dependence [MT-RAG-DOMAIN ...]`: precision and recall on the folders' conversations
(a turn leans if its human rewrite has words that it lacks) and on the local chains (follow-ups
lean; another chain's stand-alone questions after them do not), by split, with the time per turn.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eval.benchmarks import load_benchmark
from eval.questions import LOCAL_QUESTIONS, Question, load_questions
from rag.resolve import understand
from rag.turns import Exchange
from rag.words import stems

_ANOTHER_CHAIN = 5


class Case(NamedTuple):
    """A question, the exchanges before it, whether it leans on them, and its conversation."""

    question: str
    earlier: tuple[Exchange, ...]
    leans: bool
    conversation: str


class Judged(NamedTuple):
    """Precision and recall of "leans", the number of cases, and milliseconds at the 50th and 95th
    percentile; None where there is no such figure."""

    precision: float | None
    recall: float | None
    cases: int
    median_ms: float
    p95_ms: float


def judge(cases: Sequence[Case]) -> Judged:
    """The figures of the decision over at least one case."""
    said: list[bool] = []
    times: list[float] = []
    for case in cases:
        started = time.perf_counter()
        said.append(understand(case.question, case.earlier).leans)
        times.append(1000 * (time.perf_counter() - started))
    both = sum(one and case.leans for one, case in zip(said, cases, strict=True))
    leaning = sum(case.leans for case in cases)
    return Judged(
        both / sum(said) if any(said) else None,
        both / leaning if leaning else None,
        len(cases),
        float(np.percentile(times, 50)),
        float(np.percentile(times, 95)),
    )


def mtrag_cases(folder: str | Path, split: str | None) -> Iterator[Case]:
    """The later turns of a domain's conversations."""
    typed = load_benchmark("mtrag-conversation", folder, split=split)
    rewritten = {
        item.id: item.question
        for item in load_benchmark("mtrag-rewrite", folder, split=split).items
    }
    for item in typed.items:
        if item.history:
            lacking = set(stems(rewritten[item.id])) - set(stems(item.question))
            yield Case(
                item.question, tuple(map(Exchange, item.history)), bool(lacking), item.cluster
            )


def chain_cases(path: str | Path, split: str | None) -> Iterator[Case]:
    """The later turns of the chains, and after each chain the questions of another."""
    chains: dict[str, list[Question]] = {}
    for question in load_questions(path):
        if question.chain and split in (None, question.split):
            chains.setdefault(question.chain, []).append(question)
    names = sorted(chains)
    for place, name in enumerate(names):
        turns = sorted(chains[name], key=lambda turn: turn.turn or 0)
        earlier = tuple(_exchange(turn) for turn in turns)
        for number, turn in enumerate(turns[1:], start=1):
            yield Case(turn.question, earlier[:number], turn.question != turn.asked, name)
        if len(names) > 1:
            other = chains[names[(place + _ANOTHER_CHAIN) % len(names)]]
            if other is not chains[name]:
                yield from (Case(turn.asked, earlier, False, name) for turn in other)


def _exchange(turn: Question) -> Exchange:
    said = "; ".join(part[0] for part in turn.answers)
    return Exchange(turn.asked, said, said or None)


def main(arguments: Sequence[str]) -> None:
    """Print a table for files of chains (.jsonl) and folders of MT-RAG."""
    files = [name for name in arguments if name.endswith(".jsonl")] or [str(LOCAL_QUESTIONS)]
    folders = [name for name in arguments if not name.endswith(".jsonl")]
    print("cases  split  precision  recall  n  median ms  95th ms")
    for split in ("dev", "test"):
        sets = {Path(name).stem: list(chain_cases(name, split)) for name in files}
        sets |= {f"mtrag {Path(name).name}": list(mtrag_cases(name, split)) for name in folders}
        if folders:
            sets["mtrag"] = [
                c for name, known in sets.items() if name[:5] == "mtrag" for c in known
            ]
        for name, cases in sets.items():
            if cases:
                _print_row(name, split, judge(cases))


def _print_row(name: str, split: str, judged: Judged) -> None:
    shown = ["–" if f is None else f"{f:.3f}" for f in (judged.precision, judged.recall)]
    times = f"{judged.median_ms:.2f}  {judged.p95_ms:.2f}"
    print(f"{name}  {split}  {'  '.join(shown)}  {judged.cases}  {times}")


if __name__ == "__main__":
    main(sys.argv[1:])
