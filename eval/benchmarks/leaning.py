"""Whether a question leans on its conversation, decided for MT-RAG's turns or for those of chains.

A turn of MT-RAG leans if its human rewrite has words that it lacks. A follow-up of a chain leans;
another chain's questions, asked after it in their stand-alone form, do not.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from eval.benchmark import Benchmark, Gold, Item, digest_files
from eval.benchmarks.files import first_file
from eval.dependence import Case, chain_cases, mtrag_cases
from eval.errors import EvalError
from eval.questions import LOCAL_QUESTIONS
from eval.scoring import score_decision

_MEASURES = (
    "decision_precision",
    "decision_recall",
    "decided_right",
    "latency_p50",
    "latency_p95",
    "failed",
)


def load(path: str | Path | None = None, *, split: str | None = None) -> Benchmark:
    """A folder of MT-RAG, or a file of chains (the local ones without a path).

    The splits are those of the data. Intervals resample conversations.
    """
    if split not in (None, "dev", "test"):
        raise EvalError(f"There is no split {split!r}.", remedy="Use dev or test.")
    place = Path(path or LOCAL_QUESTIONS)
    if place.is_dir():
        name = f"leaning-mtrag-{place.resolve().name}"
        cases = list(mtrag_cases(place, split))
        files = [first_file(place, [f"queries_{form}.jsonl"]) for form in ("questions", "rewrite")]
    else:
        name, cases, files = "leaning-chains", list(chain_cases(place, split)), [place]
    if not cases:
        raise EvalError(f"{str(place)!r} holds no follow-up questions.")
    numbers: Counter[str] = Counter()
    return Benchmark(
        name=name,
        split=split or "all",
        data=digest_files(files),
        items=tuple(_item(case, numbers) for case in cases),
        score=score_decision,
        measures=_MEASURES,
        task="decide",
        notes=("Intervals resample conversations.",),
    )


def _item(case: Case, numbers: Counter[str]) -> Item:
    numbers[case.conversation] += 1
    return Item(
        id=f"{case.conversation}/{numbers[case.conversation]}",
        question=case.question,
        answerable=True,
        gold=Gold(decision=case.leans),
        cluster=case.conversation,
        type="leans" if case.leans else "stands alone",
        history=tuple(exchange.question for exchange in case.earlier),
        said=tuple(exchange.answer for exchange in case.earlier),
    )
