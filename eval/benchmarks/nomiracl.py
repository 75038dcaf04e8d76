"""NoMIRACL: whether a system is silent when none of ten passages is relevant.

Thakur et al. 2023, "NoMIRACL: Knowing When You Don't Know" (arXiv 2312.11361).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.benchmark import Asked, Benchmark, Gold, Item, Scores, contexts, digest_files
from eval.benchmarks.files import read_lines, text_of
from eval.errors import EvalError
from eval.scoring import score_answer
from ingest.article import Article

_MEASURES = (
    "hallucination_rate",
    "error_rate",
    "error_sum",
    "best_error_sum",
    "best_hallucination_rate",
    "best_error_rate",
    "abstention_precision",
    "abstention_recall",
    "abstention_f1",
    "answerability_auc",
    "words",
    "citation_validity",
    "alce_recall",
    "alce_precision",
    "latency_p50",
    "latency_p95",
    "failed",
)
_SUBSETS = {"relevant": True, "non_relevant": False}


def load(path: str | Path, *, split: str | None = None) -> Benchmark:
    """One question a line: `{id, subset: relevant | non_relevant, question, passages[]}`.

    There are no gold answers: what is measured is only whether it answers.
    """
    path = Path(path)
    if path.is_dir():
        path = path / "nomiracl.jsonl.gz"
    if split not in (None, "dev"):
        raise EvalError(f"NoMIRACL is read from one file; there is no split {split!r}.")
    items = tuple(read_lines(path, _item))
    return Benchmark(
        name="nomiracl",
        split="dev",
        data=digest_files([path]),
        items=items,
        score=_score,
        measures=_MEASURES,
        articles=contexts(items),
        notes=("Whether an answer is right is not judged: there are no gold answers.",),
    )


def _score(
    item: Item, asked: Asked, articles: Mapping[str, Article], *, cites: bool = True
) -> Scores:
    scores = score_answer(item, asked, articles, cites=cites)
    return {name: scores[name] for name in ("words", "citation_validity", "tokens", "failed")}


def _item(entry: Mapping[str, Any]) -> Item:
    identifier, answerable = text_of(entry, "id"), _SUBSETS[entry["subset"]]
    return Item(
        id=f"{identifier}/{entry['subset']}",
        question=text_of(entry, "question"),
        answerable=answerable,
        gold=Gold(),
        cluster=identifier,
        type=entry["subset"],
        context=tuple(
            _article(f"{identifier}/{number}", passage)
            for number, passage in enumerate(entry["passages"], start=1)
        ),
    )


def _article(source: str, passage: str) -> Article:
    """A passage as it is given: the title of its page, a colon, and its text."""
    title, colon, text = passage.partition(": ")
    if not colon or not text.strip():
        return Article(source=source, text=passage)
    return Article(source=source, text=text, title=title)
