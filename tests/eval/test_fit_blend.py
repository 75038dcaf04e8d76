"""Fitting the weights of the default reader."""

from __future__ import annotations

import numpy as np
import pytest

from eval.fit_blend import Asked, best, fit


def asked(story: str, rows: list[tuple[float, float, float]], gold: list[float]) -> Asked:
    return Asked(story, bool(sum(gold)), np.array(rows), np.array(gold))


def test_what_tells_gold_apart_gets_the_weight() -> None:
    chooser = np.random.default_rng(7)
    questions = []
    for _ in range(80):
        rows = chooser.random((6, 3))
        gold = (rows[:, 1] == rows[:, 1].max()).astype(float)
        questions.append(Asked("story: one", True, rows, gold))
    margin, retrieval, coverage, _ = fit(questions)
    assert retrieval > 5 * max(abs(margin), abs(coverage))


def test_without_a_pattern_the_bias_is_the_share_of_gold() -> None:
    rows = [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0)] * 2
    *weights, bias = fit([asked("story: one", rows, [1.0, 1.0, 0.0, 0.0])])
    assert weights == pytest.approx([0, 0, 0], abs=1e-9)
    assert bias == pytest.approx(0, abs=1e-9)


def test_a_question_is_judged_by_its_likeliest_sentence() -> None:
    one = asked("story: one", [(0.0, 0.0, 1.0), (2.0, 0.0, 0.0)], [0.0, 1.0])
    sure, gold = best(one, np.array([1.0, 0.0, 1.0, -2.0]))
    assert (sure, gold) == (pytest.approx(0.5), 1.0)
