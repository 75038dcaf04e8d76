"""Comparing runs: better, worse or no evidence, paired by question and resampled by cluster."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from eval.benchmark import Asked, Gold, Item
from eval.compare import compare
from eval.errors import EvalError
from eval.figures import figure
from eval.gates import broken_gates, read_gates
from eval.measure_table import MEASURES
from eval.records import Record, Results
from eval.statistics import randomisation_test
from eval.system import Reply

NAMES = ("right", "words", "abstention_f1", "latency_p50")


def results(right: list[int], *, latency_s: float = 1.0, clusters: int = 30) -> Results:
    """A run in which the questions with 1 are right; every third cannot be answered."""
    records = []
    for number, one in enumerate(right):
        answerable = number % 3 != 0
        answered = answerable if one else not answerable
        item = Item(
            f"q{number}",
            f"{number}?",
            answerable,
            Gold(),
            f"c{number % clusters}",
            f"t{number % 2}",
        )
        reply = Reply("words of it", answered, confidence=0.5, latency_s=latency_s)
        scores = {"right": float(one), "words": 3.0 + one, "unsaid_right": float(one)}
        records.append(Record.of(item, Asked(reply, latency_s=latency_s), scores))
    figures = {name: figure(MEASURES[name], records) for name in NAMES}
    signature = {"benchmark": "toy", "split": "dev", "data": "d1", "system": "s"}
    return Results(signature, {n: f for n, f in figures.items() if f}, records, {})


def verdicts(baseline: Results, candidate: Results) -> dict[str, str | None]:
    return {row.measure.name: row.verdict for row in compare(baseline, candidate).rows}


def test_a_clear_gain_is_better_and_its_reverse_is_worse() -> None:
    low, high = results([1, 0, 0] * 20), results([1, 1, 1] * 20, latency_s=2.0)
    assert verdicts(low, high) == {
        "right": "better",
        "words": None,
        "abstention_f1": "better",
        "latency_p50": None,
    }
    assert verdicts(high, low) == {
        "right": "worse",
        "words": None,
        "abstention_f1": "worse",
        "latency_p50": None,
    }


def test_the_same_run_twice_and_a_question_more_are_no_evidence() -> None:
    once = results([1, 0, 1] * 20)
    again = compare(once, once)
    assert {row.verdict for row in again.rows if row.p_value is not None} == {"no evidence"}
    assert all(row.difference.estimate == 0 for row in again.rows)
    one_more = results([1, 1, 1] + [1, 0, 1] * 19)
    assert verdicts(once, one_more)["right"] == "no evidence"


def test_many_questions_of_few_clusters_are_little_evidence() -> None:
    worse, better = [0, 1, 0, 1] * 15, [1, 1, 0, 1] * 15
    by_question = compare(results(worse, clusters=60), results(better, clusters=60))
    by_cluster = compare(results(worse, clusters=4), results(better, clusters=4))
    assert by_question.rows[0].verdict == "better"
    assert by_cluster.rows[0].verdict == "no evidence"
    assert by_question.rows[0].difference.estimate == by_cluster.rows[0].difference.estimate


def test_only_questions_that_both_have_are_compared() -> None:
    long = results([0] * 30 + [1] * 30)
    short = replace(long, records=long.records[:30])
    comparison = compare(long, short)
    assert (comparison.questions, comparison.only_one) == (30, 30)
    assert comparison.rows[0].baseline == comparison.rows[0].candidate == 0
    assert "30 are only in one run" in comparison.table()


def test_runs_of_other_questions_are_refused() -> None:
    one = results([1] * 6)
    other = replace(one, signature={**one.signature, "data": "d2"})
    with pytest.raises(EvalError, match="differ in data: 'd1' and 'd2'"):
        compare(one, other)
    with pytest.raises(EvalError, match="no question in common"):
        compare(one, replace(one, records=[]))


def test_gates_name_what_fell_below_its_floor(tmp_path: Path) -> None:
    gates = tmp_path / "gates.toml"
    gates.write_text(
        "[toy.dev.right]\nmin = 0.5\n[toy.dev.latency_p50]\nmax = 0.5\n[toy.dev.aurc]\nmax = 1\n"
    )
    bounds = read_gates(gates, "toy", "dev")
    assert list(broken_gates(results([1, 1, 1, 0] * 5), bounds)) == [
        "Latency p50 is 1.00 s, above 0.5",
        "Area under risk-coverage does not exist, but has a gate",
    ]
    assert "Right is 0.250, below 0.5" in broken_gates(results([1, 0, 0, 0] * 5), bounds)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[toy.dev.rihgt]\nmin = 1", "no measure"),
        ("[toy.dev.right]\nminimum = 1", "Write min"),
        ("[toy.dev.right]\nmin = 'a'", "Write min"),
        ("[toy.dev]\nright = 1", "Write min"),
        ("[toy.test.right]\nmin = 1", "no gates for toy dev"),
        ("[toy", "cannot be read"),
    ],
)
def test_gates_that_would_hold_nothing_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "gates.toml").write_text(text)
    with pytest.raises(EvalError, match=reason):
        read_gates(tmp_path / "gates.toml", "toy", "dev")


def test_p_values_are_corrected_for_the_number_of_measures() -> None:
    """Six questions change, each a cluster of its own: p is near 2/64, evidence for one measure
    and none for one of two."""
    low, high = results([0] * 6 + [1] * 54, clusters=60), results([1] * 60, clusters=60)
    rows = {row.measure.name: row for row in compare(low, high).rows}
    olds = [record.scores["right"] or 0.0 for record in low.records]
    news = [record.scores["right"] or 0.0 for record in high.records]
    alone = randomisation_test(olds, news, [record.cluster for record in low.records])
    tested = sum(row.p_value is not None for row in rows.values())
    assert (tested, alone < 0.05) == (2, True)
    assert rows["right"].p_value == pytest.approx(2 * alone, rel=0.2)
    assert rows["right"].verdict == "no evidence"
