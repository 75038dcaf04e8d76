"""The follow-up questions of a question file: in conversation, or in their stand-alone form."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from eval.benchmark import Benchmark, digest_files
from eval.benchmarks.local import MEASURES, item_of
from eval.check import load_articles
from eval.errors import EvalError
from eval.libraries import articles_digest
from eval.questions import LOCAL_ARTICLES, LOCAL_QUESTIONS, SPLITS, Question, load_questions
from eval.scoring import CUTOFFS, score_answer

# What an abstention held back is not known in a conversation.
_UNKNOWN = frozenset({"answerability_auc", "aurc", "ece"})


def load(
    path: str | Path | None = None,
    *,
    split: str | None = None,
    form: str = "conversation",
    articles_folder: str | Path = LOCAL_ARTICLES,
) -> Benchmark:
    """The second and later turns of the chains of `split` (both without one).

    `form` is "conversation" (each after the questions of its chain, as they were typed and as the
    system answers them) or "standalone" (each alone, in the form that needs no earlier turn).
    """
    path = Path(path or LOCAL_QUESTIONS)
    if split is not None and split not in SPLITS:
        raise EvalError(f"There is no split {split!r}.", remedy=f"Use {' or '.join(SPLITS)}.")
    articles = load_articles(articles_folder)
    turns = [q for q in load_questions(path) if q.chain and split in (None, q.split)]
    items = []
    for question in turns:
        before = _before(question, turns)
        if before:
            item = item_of(question, articles)
            item = replace(item, tags=(*item.tags, f"turn {question.turn}"))
            if form == "conversation":
                item = replace(item, question=question.question, history=before)
            items.append(item)
    if not items:
        raise EvalError(f"{str(path)!r} holds no chains.", remedy="See docs/questions.md.")
    data = hashlib.sha256((digest_files([path]) + articles_digest(articles)).encode()).hexdigest()
    return Benchmark(
        name="chains" if form == "conversation" else "chains-standalone",
        split=split or "all",
        data=data,
        items=tuple(items),
        score=score_answer,
        measures=tuple(name for name in MEASURES if name not in _UNKNOWN),
        articles=articles,
        search_depth=0 if form == "conversation" else max(CUTOFFS),
        library="local",
        notes=("Second and third turns only.", "Intervals resample chains."),
    )


def _before(question: Question, turns: list[Question]) -> tuple[str, ...]:
    """The earlier questions of a turn's chain, as they were typed."""
    chain = [q for q in turns if q.chain == question.chain and (q.turn or 0) < (question.turn or 0)]
    return tuple(q.question for q in sorted(chain, key=lambda q: q.turn or 0))
