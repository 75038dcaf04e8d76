"""Fitting the weights of the default reader."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from eval.fit_blend import Asked, Judged, curve, fit, judge, judge_apart, training_questions
from rag.trained import TrainedReader


def asked(group: str, rows: list[tuple[float, float, float]], gold: list[float]) -> Asked:
    return Asked(group, bool(sum(gold)), np.array(rows), np.array(gold))


def test_what_tells_gold_apart_gets_the_weight() -> None:
    chooser = np.random.default_rng(7)
    questions = []
    for _ in range(80):
        rows = chooser.random((6, 3))
        gold = (rows[:, 1] == rows[:, 1].max()).astype(float)
        questions.append(Asked("one", True, rows, gold))
    margin, retrieval, coverage, _ = fit([questions])
    assert retrieval > 5 * max(abs(margin), abs(coverage))


def test_without_a_pattern_the_bias_is_the_share_of_gold() -> None:
    rows = [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0)] * 2
    *weights, bias = fit([[asked("one", rows, [1.0, 1.0, 0.0, 0.0])]])
    assert weights == pytest.approx([0, 0, 0], abs=1e-9)
    assert bias == pytest.approx(0, abs=1e-9)


def test_a_set_weighs_the_same_however_many_questions_it_has() -> None:
    rows = [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0)]
    all_gold, no_gold = asked("one", rows, [1.0, 1.0]), asked("two", rows, [0.0, 0.0])
    *_, bias = fit([[all_gold] * 3, [no_gold] * 12])
    assert bias == pytest.approx(0, abs=1e-6)


def test_a_question_is_judged_by_its_likeliest_sentence() -> None:
    one = asked("one", [(0.0, 0.0, 1.0), (2.0, 0.0, 0.0)], [0.0, 1.0])
    judged = judge(one, np.array([1.0, 0.0, 1.0, -2.0]))
    assert judged == Judged(pytest.approx(0.5), True, True, True)


def test_no_question_is_judged_by_weights_that_its_part_had_a_say_in() -> None:
    """In one part, the larger one, the inputs mislead: its own weights would put its gold first."""
    rows = [(1.0, 0.5, 0.4), (0.0, 0.4, 0.5)]
    honest = [asked(f"part {n}", rows, [1.0, 0.0]) for n in range(4)]
    odd = [asked("odd", rows, [0.0, 1.0]) for _ in range(40)]
    even = [asked("even", rows, [1.0, 0.0]), asked("even", rows, [0.0, 1.0])]
    assert judge(odd[0], fit([[*honest, *odd], even])).gold
    judged = judge_apart([*honest, *odd], even, lambda one: one.group)
    assert len(judged) == len(honest) + len(odd)
    assert not any(one.gold for one in judged)


def test_a_curve_counts_silence_that_is_right() -> None:
    judged = [
        Judged(0.9, True, True, True),
        Judged(0.3, False, True, True),
        Judged(0.2, False, False, False),
    ]
    head, _, *rows = curve(judged)
    assert head.startswith("gold sentence read 1.000, first 0.500;")
    lines = {line.split()[0]: line.split()[1:] for line in rows}
    assert lines["0.100"] == ["0.000", "1.000", "0.333"]
    assert lines["0.250"] == ["0.000", "0.000", "0.667"]
    assert lines["0.400"] == ["0.500", "0.000", "0.667"]


def test_a_held_out_question_is_asked_with_and_without_its_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    rows = [
        {
            "id": f"q{number}",
            "source": "nq_open_oracle",
            "title": f"Bridge {number}",
            "context": f"The bridge of Tarn {number} was designed by Orlik {number}. It is long.",
            "question": f"Who designed the bridge of Tarn {number}?",
            "is_impossible": False,
            "answers": [{"text": f"Orlik {number}", "answer_start": 0}],
        }
        for number in range(120)
    ]
    for row in rows:
        answer = row["answers"][0]  # type: ignore[index]
        answer["answer_start"] = str(row["context"]).index(answer["text"])
    with gzip.open(tmp_path / "nq.jsonl.gz", "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows)
    found = list(training_questions(TrainedReader(threads=1), tmp_path))
    assert found
    assert [one.answerable for one in found] == [True, False] * (len(found) // 2)
    assert all(one.gold.sum() == one.answerable for one in found)
    assert all(one.inputs.shape == (len(one.gold), 3) for one in found)
