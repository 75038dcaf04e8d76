"""Retrieval measures: hand-computed tables, and a naive implementation on random runs."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.measures.retrieval import answer_recall_at_k, mrr_at_k, ndcg_at_k, recall_at_k
from ingest.errors import GroundwireError

LOG2_3 = math.log2(3)


@pytest.mark.parametrize(
    ("ranking", "grades", "k", "recall", "ndcg", "rr"),
    [
        pytest.param("xay", {"a": 1}, 3, 1, 1 / LOG2_3, 1 / 2, id="rank 2: 1/1, 1/log2(3), 1/2"),
        pytest.param("xay", {"a": 1}, 1, 0, 0, 0, id="below the cutoff: 0, 0, 0"),
        pytest.param(
            "ax",
            {"a": 1, "b": 1},
            2,
            1 / 2,
            1 / (1 + 1 / LOG2_3),
            1,
            id="1 of 2 at rank 1: 1/2, 1/(1+1/log2(3)), 1",
        ),
        pytest.param(
            "ab",
            {"a": 1, "b": 3},
            2,
            1,
            (1 + 3 / LOG2_3) / (3 + 1 / LOG2_3),
            1,
            id="grades are gains: (1+3/log2(3))/(3+1/log2(3))",
        ),
        pytest.param(
            "a", {"a": 1, "b": 1, "c": 1}, 2, 1 / 3, 1 / (1 + 1 / LOG2_3), 1, id="ideal is cut at k"
        ),
        pytest.param("ba", {"a": 1, "b": 0}, 2, 1, 1 / LOG2_3, 1 / 2, id="grade 0 is not relevant"),
        pytest.param("zyxwa", {"a": 1}, 5, 1, 1 / math.log2(6), 1 / 5, id="order given, not names"),
        pytest.param("", {"a": 1}, 5, 0, 0, 0, id="nothing found: 0, 0, 0"),
        pytest.param("ab", {"a": 0}, 5, None, None, None, id="nothing relevant: unknown"),
        pytest.param("ab", {}, 5, None, None, None, id="nothing judged: unknown"),
    ],
)
def test_by_hand(
    ranking: str,
    grades: dict[str, int],
    k: int,
    recall: float | None,
    ndcg: float | None,
    rr: float | None,
) -> None:
    rankings, judged = {"q": list(ranking)}, {"q": grades}
    assert recall_at_k(rankings, judged, k=k) == {"q": pytest.approx(recall)}
    assert ndcg_at_k(rankings, judged, k=k) == {"q": pytest.approx(ndcg)}
    assert mrr_at_k(rankings, judged, k=k) == {"q": pytest.approx(rr)}


MEASURES = [recall_at_k, ndcg_at_k, mrr_at_k]
Measure = Callable[..., dict[str, float | None]]


@pytest.mark.parametrize("measure", MEASURES)
def test_a_question_without_a_ranking_scores_zero_and_is_not_dropped(measure: Measure) -> None:
    judged = {"answered": {"a": 1}, "failed": {"a": 1}, "unknown": {"a": 0}}
    scores = measure({"answered": ["a"]}, judged, k=3)
    assert scores == {"answered": 1.0, "failed": 0.0, "unknown": None}
    assert measure({}, judged, k=3) == {"answered": 0.0, "failed": 0.0, "unknown": None}
    assert measure({}, {}, k=3) == {}


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    ("rankings", "judged", "k", "message"),
    [
        ({"q": ["a"]}, {"q": {"a": 1}}, 0, "cutoff"),
        ({"q": ["a"], "stray": []}, {"q": {"a": 1}}, 3, "'stray'"),
        ({"q": ["a", "b", "a"]}, {"q": {"a": 1}}, 3, r"'a' twice.*dict\.fromkeys"),
        ({"q": ["a"]}, {"q": {"a": -1}}, 3, "negative"),
    ],
)
def test_malformed_input_is_refused(
    measure: Measure,
    rankings: dict[str, list[str]],
    judged: dict[str, dict[str, int]],
    k: int,
    message: str,
) -> None:
    with pytest.raises(ValueError, match=message):
        measure(rankings, judged, k=k)


IDS = st.sampled_from(["a", "b c", "é", "10", "9", "https://x.y/?z=1#2", "doc\n", "A"])
QUESTIONS = st.sampled_from(["1", "q two", "ü", "10"])


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(QUESTIONS, st.lists(IDS, unique=True)),
    st.dictionaries(QUESTIONS, st.dictionaries(IDS, st.integers(0, 3))),
    st.integers(1, 9),
)
def test_random_runs_agree_with_a_naive_implementation(
    rankings: dict[str, list[str]], judged: dict[str, dict[str, int]], k: int
) -> None:
    rankings = {question: rankings[question] for question in rankings if question in judged}

    def dcg(gains: list[int]) -> float:
        return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains))

    recall: dict[str, float | None] = {}
    ndcg: dict[str, float | None] = {}
    rr: dict[str, float | None] = {}
    for question, grades in judged.items():
        top = rankings.get(question, [])[:k]
        relevant = {document for document, grade in grades.items() if grade >= 1}
        if not relevant:
            recall[question] = ndcg[question] = rr[question] = None
            continue
        recall[question] = len(relevant.intersection(top)) / len(relevant)
        best = sorted(grades.values(), reverse=True)[:k]
        ndcg[question] = dcg([grades.get(document, 0) for document in top]) / dcg(best)
        ranks = [rank for rank, document in enumerate(top, start=1) if document in relevant]
        rr[question] = 1 / ranks[0] if ranks else 0.0

    assert recall_at_k(rankings, judged, k=k) == pytest.approx(recall)
    assert ndcg_at_k(rankings, judged, k=k) == pytest.approx(ndcg)
    assert mrr_at_k(rankings, judged, k=k) == pytest.approx(rr)


def test_a_missing_library_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    with pytest.raises(GroundwireError, match=r"ir-measures.*groundwire\[eval\]"):
        recall_at_k({"q": ["a"]}, {"q": {"a": 1}}, k=1)


@pytest.mark.parametrize(
    ("k", "score"), [(1, 0.0), (2, 1.0), (9, 1.0)], ids=["not in top 1", "rank 2", "k > n"]
)
def test_answer_recall(k: int, score: float) -> None:
    passages = ["Nobody knew.", "At least thirty-five died.", "35, they said."]
    assert answer_recall_at_k(passages, [["35"]], k=k) == score


def test_answer_recall_wants_all_parts_in_one_passage() -> None:
    assert answer_recall_at_k(["Ali came.", "Bob came."], [["Ali"], ["Bob"]], k=2) == 0.0
    assert answer_recall_at_k(["Ali and Bob came."], [["Ali"], ["Bob"]], k=1) == 1.0


def test_answer_recall_of_nothing() -> None:
    assert answer_recall_at_k([], [["35"]], k=5) == 0.0
    with pytest.raises(ValueError, match="no part"):
        answer_recall_at_k([], [], k=5)
    with pytest.raises(ValueError, match="cutoff"):
        answer_recall_at_k(["35"], [["35"]], k=0)
