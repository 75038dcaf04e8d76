"""The support check as a benchmark: which pairs are asked, and what figures a decision has."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from eval.benchmark import Asked
from eval.benchmarks import load_benchmark
from eval.benchmarks.support import WRITTEN
from eval.errors import EvalError, MalformedFile
from eval.figures import figure
from eval.measure_table import MEASURES
from eval.measures import balanced_accuracy, rejection_recall
from eval.questions import SPLITS
from eval.records import Record
from eval.run import run, sign
from eval.system import AssistantSystem


def rows(path: Path, *changes: dict[str, Any]) -> Path:
    row = {"premise": "Orlik designed it in 1901.", "hypothesis": "It is Orlik's.", "label": "x"}
    lines = "".join(json.dumps({**row, **change}) + "\n" for change in changes)
    path.write_bytes(gzip.compress(lines.encode()) if path.suffix == ".gz" else lines.encode())
    return path


@pytest.mark.parametrize(
    ("said", "true", "caught", "balanced"),
    [
        ([True, False, True, False], [True, True, False, False], 1 / 2, 1 / 2),
        ([False, False, False], [True, False, False], 1, 1 / 2),
        ([True, False, False, False], [True, False, False, True], 1, 3 / 4),
        ([True], [True], None, None),
        ([], [], None, None),
    ],
)
def test_rejection_and_balance_by_hand(
    said: list[bool], true: list[bool], caught: float | None, balanced: float | None
) -> None:
    assert rejection_recall(said, true) == pytest.approx(caught)
    assert balanced_accuracy(said, true) == pytest.approx(balanced)


def test_the_splits_of_the_written_pairs_share_nothing() -> None:
    dev = {item.id for item in load_benchmark("support", split="dev").items}
    test = {item.id for item in load_benchmark("support", split="test").items}
    assert not dev & test
    everything = load_benchmark("support").items
    assert len({item.id for item in everything}) == len(everything) == len(dev) + len(test)
    halves = {
        split: {path.name[0] for path in WRITTEN.glob(f"*-{split}.jsonl")} for split in SPLITS
    }
    assert set("abc") <= halves["test"] <= halves["dev"]


def test_one_batch_of_the_written_pairs_can_be_asked() -> None:
    batch = load_benchmark("support", WRITTEN / "c-dev.jsonl")
    assert batch.name == "support-c-dev"
    assert len(batch.items) == 100
    assert {item.type for item in batch.items} >= {"merged", "paraphrase"}


def test_labels_of_public_sets(tmp_path: Path) -> None:
    labels = ["SUPPORTS", "REFUTES", "supported", "partially_supported", "entailment", "neutral"]
    path = rows(tmp_path / "some.jsonl", *({"label": label} for label in labels))
    benchmark = load_benchmark("support", path)
    assert [item.gold.decision for item in benchmark.items] == [True, False] * 3
    assert [item.type for item in benchmark.items] == labels
    assert benchmark.name == "support-some"
    assert len({item.cluster for item in benchmark.items}) == 1


def test_only_what_the_check_was_not_trained_on_is_asked(tmp_path: Path) -> None:
    snli = rows(tmp_path / "snli_test.jsonl.gz", *({"label": str(n)} for n in range(3_005)))
    assert load_benchmark("support", snli).items[0].type == "5"
    domains = ({"domain": domain} for domain in ("billsum", "qmsumm", "scitldr", "shakespeare"))
    summedits = rows(tmp_path / "summedits_without_news.jsonl.gz", *domains)
    assert len(load_benchmark("support", summedits).items) == 2


def test_malformed_pairs_are_refused_by_line(tmp_path: Path) -> None:
    path = rows(tmp_path / "p.jsonl", {}, {"premise": " "}, {"label": 1})
    with pytest.raises(MalformedFile) as refused:
        load_benchmark("support", path)
    assert [problem.partition(": ")[0] for problem in refused.value.problems] == [
        "p.jsonl:2",
        "p.jsonl:3",
    ]
    with pytest.raises(EvalError, match="no splits"):
        load_benchmark("support", path, split="dev")
    with pytest.raises(EvalError, match="no split 'train'"):
        load_benchmark("support", split="train")


def test_a_check_is_run_and_signed_with_its_model(tmp_path: Path, library_folder: Path) -> None:
    statements = ["Orlik designed it in 1901.", "Orlik designed it in 1911."]
    labels = ["SUPPORTS", "REFUTES"]
    changes = [{"hypothesis": s, "label": one} for s, one in zip(statements, labels, strict=True)]
    benchmark = load_benchmark("support", rows(tmp_path / "p.jsonl", *changes))
    system = AssistantSystem.open(library_folder)
    try:
        results = run(benchmark, system, tmp_path / "r.json", progress=False)
        assert "models" in sign(benchmark, system)
    finally:
        system.close()
    assert [record.asked.decision for record in results.records] == [True, False]
    assert results.figures["balanced_accuracy"].estimate == 1


def test_a_failure_is_a_wrong_decision_of_either_kind(tmp_path: Path) -> None:
    path = rows(tmp_path / "p.jsonl", {"label": "SUPPORTS"}, {"label": "REFUTES"})
    benchmark, failed = load_benchmark("support", path), Asked(error="Boom")
    records = [
        Record.of(item, failed, benchmark.score(item, failed, {}, cites=True))
        for item in benchmark.items
    ]
    for name in ("unsupported_caught", "supported_kept", "balanced_accuracy", "decided_right"):
        found = figure(MEASURES[name], records)
        assert found is not None
        assert found.estimate == 0, name
