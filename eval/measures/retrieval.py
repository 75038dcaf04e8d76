"""How well the passages (or articles) that are needed come to the top of a ranking.

Computed by ir-measures (MacAvaney, Macdonald and Ounis 2022, arXiv 2111.13466). Its recall and
nDCG come from pytrec_eval, which is compiled and which ir-measures installs; its MRR is Python.

A ranking is a list of ids, best first: no scores, and so no ties for a library to break in an
order of its own. A question of `judged` without a ranking scores 0.0: it counts, as one that was
not answered. A question with no relevant document scores None: the measure does not exist for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from eval.measures.answers import Part, contains_answer
from ingest.errors import GroundwireError

Rankings = Mapping[str, Sequence[str]]
"""Question id -> ids of what was found, best first, each once."""

Judged = Mapping[str, Mapping[str, int]]
"""Question id -> document id -> grade: 0 is not relevant, 1 and above is."""


def recall_at_k(rankings: Rankings, judged: Judged, *, k: int) -> dict[str, float | None]:
    """For each judged question the share of its relevant documents in the top `k`; 0 to 1.

    None for a question with no relevant document. (TREC's R@k; what others call recall@k, "one
    relevant document is there", is `answer_recall_at_k` over passages.)
    """
    return _scores(_ir_measures().R @ k, rankings, judged, k)


def ndcg_at_k(rankings: Rankings, judged: Judged, *, k: int) -> dict[str, float | None]:
    """For each judged question the discounted gain of the top `k`, over the best possible; 0 to 1.

    The gain is the grade, the discount log2(rank + 1), as in trec_eval and BEIR. None for a
    question with no relevant document. (Järvelin and Kekäläinen 2002.)
    """
    return _scores(_ir_measures().nDCG @ k, rankings, judged, k)


def mrr_at_k(rankings: Rankings, judged: Judged, *, k: int) -> dict[str, float | None]:
    """For each judged question 1 / the rank of the first relevant document; 0.0 below rank `k`.

    From 0 to 1; the mean over questions is MRR@k. None for a question with no relevant document.
    (Voorhees 1999; Kantor and Voorhees 2000.)
    """
    return _scores(_ir_measures().RR @ k, rankings, judged, k)


def answer_recall_at_k(passages: Sequence[str], parts: Sequence[Part], *, k: int) -> float:
    """1.0 if one of the top `k` passages contains the answer (`contains_answer`), else 0.0.

    `passages` are texts, best first. 0.0 where nothing was found; ValueError where `parts` names
    no answer. (Top-k retrieval accuracy, Karpukhin et al. 2020, arXiv 2004.04906.)
    """
    _check_cutoff(k)
    contains_answer("", parts)  # raises where there is no answer to look for
    return float(any(contains_answer(passage, parts) for passage in passages[:k]))


def _scores(measure: Any, rankings: Rankings, judged: Judged, k: int) -> dict[str, float | None]:
    _check_cutoff(k)
    _check(rankings, judged)
    defined = {question for question, grades in judged.items() if any(grades.values())}
    # The library ranks by score; a falling score for each rank keeps the order that was given.
    run = {
        question: {document: float(-rank) for rank, document in enumerate(rankings[question])}
        for question in defined
        if rankings.get(question)
    }
    grades = {question: dict(judged[question]) for question in defined}
    known = {
        metric.query_id: float(metric.value)
        for metric in _ir_measures().iter_calc([measure], grades, run)
    }
    return {question: known.get(question) for question in judged}


def _check_cutoff(k: int) -> None:
    if k < 1:
        raise ValueError(f"The cutoff k is a rank, 1 or above, not {k!r}.")


def _check(rankings: Rankings, judged: Judged) -> None:
    for question, documents in rankings.items():
        if question not in judged:
            raise ValueError(f"Question {question!r} has a ranking but no judgements.")
        if twice := _repeated(documents):
            raise ValueError(
                f"The ranking of question {question!r} names {twice!r} twice. "
                "Keep the first of each: list(dict.fromkeys(ranking))."
            )
    for question, grades in judged.items():
        if any(grade < 0 for grade in grades.values()):
            raise ValueError(f"Question {question!r} has a negative grade.")


def _repeated(documents: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for document in documents:
        if document in seen:
            return document
        seen.add(document)
    return None


def _ir_measures() -> ModuleType:
    try:
        return import_module("ir_measures")
    except ImportError as error:
        raise GroundwireError(
            "The retrieval measures need the package ir-measures.",
            remedy="Install it: pip install 'groundwire[eval]'.",
        ) from error
