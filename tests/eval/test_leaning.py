"""Deciding whether a question leans on its conversation: what is asked, and how it is scored."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.benchmark import Asked
from eval.benchmarks import load_benchmark
from eval.errors import EvalError
from eval.measures import decision_precision, decision_recall
from eval.records import read_results
from eval.run import run, sign
from eval.system import AssistantSystem


def mtrag(folder: Path) -> Path:
    """A domain with a conversation of three turns, the second of which leans."""
    turns = ["Is there a pier?", "How old is it?", "Who built the Tarn bridge?"]
    rewritten = ["Is there a pier?", "How old is the pier?", "Who built the Tarn bridge?"]
    asked = ["\n".join(f"|user|: {t}" for t in turns[: n + 1]) for n in range(3)]
    folder.mkdir()
    for form, texts in (("questions", asked), ("rewrite", rewritten)):
        lines = [json.dumps({"_id": f"b<::>{n}", "text": t}) for n, t in enumerate(texts, 1)]
        (folder / f"queries_{form}.jsonl").write_text("\n".join(lines))
    (folder / "corpus.jsonl").write_text('{"_id": "d1", "text": "The pier is old."}\n')
    (folder / "qrels.tsv").write_text(
        "q\td\ts\n" + "".join(f"b<::>{n}\td1\t1\n" for n in (1, 2, 3))
    )
    return folder


@pytest.mark.parametrize(
    ("said", "true", "precision", "recall"),
    [
        ([True, True, False, False], [True, False, True, False], 1 / 2, 1 / 2),
        ([True, True, True], [True, False, False], 1 / 3, 1),
        ([False, False], [True, False], None, 0),
        ([True], [False], 0, None),
        ([], [], None, None),
    ],
)
def test_precision_and_recall_by_hand(
    said: list[bool], true: list[bool], precision: float | None, recall: float | None
) -> None:
    assert decision_precision(said, true) == pytest.approx(precision)
    assert decision_recall(said, true) == pytest.approx(recall)


def test_what_a_person_had_to_rewrite_leans(tmp_path: Path) -> None:
    benchmark = load_benchmark("leaning", mtrag(tmp_path / "press"), split="test")
    assert benchmark.name == "leaning-mtrag-press"
    assert [(item.question, item.history, item.gold.decision) for item in benchmark.items] == [
        ("How old is it?", ("Is there a pier?",), True),
        ("Who built the Tarn bridge?", ("Is there a pier?", "How old is it?"), False),
    ]
    with pytest.raises(EvalError, match="no split 'train'"):
        load_benchmark("leaning", tmp_path / "press", split="train")
    with pytest.raises(EvalError, match="holds no follow-up questions"):
        load_benchmark("leaning", tmp_path / "press", split="dev")


def test_chains_lean_and_questions_of_another_chain_do_not() -> None:
    items = load_benchmark("leaning", split="dev").items
    assert len({item.id for item in items}) == len(items)
    assert all(len(item.said) == len(item.history) > 0 for item in items)
    assert {item.type for item in items} == {"leans", "stands alone"}


def test_decisions_are_run_scored_and_read_back(tmp_path: Path, library_folder: Path) -> None:
    benchmark = load_benchmark("leaning", mtrag(tmp_path / "press"), split="test")
    system = AssistantSystem.open(library_folder)
    try:
        results = run(benchmark, system, tmp_path / "r.json", progress=False)
        assert "reader" not in sign(benchmark, system)
    finally:
        system.close()
    assert [record.asked.decision for record in results.records] == [True, False]
    assert results.figures["decided_right"].estimate == 1
    assert read_results(tmp_path / "r.json").records == results.records


def test_a_failure_decides_nothing_and_is_wrong(tmp_path: Path) -> None:
    benchmark = load_benchmark("leaning", mtrag(tmp_path / "press"))
    for item, asked in ((i, Asked(error="Boom")) for i in benchmark.items):
        assert benchmark.score(item, asked, {}, cites=True)["decided_right"] == 0
