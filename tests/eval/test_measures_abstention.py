"""Abstention, risk-coverage, calibration and ranking of confidence, by hand and by reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.measures.abstention import (
    Binning,
    CalibrationBin,
    RiskCoverage,
    abstention_f1,
    abstention_precision,
    abstention_recall,
    answerability_auc,
    best_silence,
    calibration_bins,
    error_rate,
    expected_calibration_error,
    hallucination_rate,
    risk_coverage_area,
    risk_coverage_curve,
)

Y, N = True, False


@pytest.mark.parametrize(
    ("abstained", "answerable", "precision", "recall", "f1", "hallucination", "error"),
    [
        # TP 2 (silent, cannot), FN 1 (answered, cannot), FP 1 (silent, can), TN 2
        pytest.param(
            [Y, Y, N, Y, N, N],
            [N, N, N, Y, Y, Y],
            2 / 3,
            2 / 3,
            4 / 6,
            1 / 3,
            1 / 3,
            id="2/(2+1), 2/(2+1), 4/(4+1+1), 1/3, 1/3",
        ),
        # TP 1, FN 3, FP 0, TN 1
        pytest.param(
            [Y, N, N, N, N],
            [N, N, N, N, Y],
            1,
            1 / 4,
            2 / 5,
            3 / 4,
            0,
            id="1/1, 1/4, 2/(2+0+3), 3/4, 0/1",
        ),
        # TP 1, FN 0, FP 3
        pytest.param(
            [Y, Y, Y, Y], [N, Y, Y, Y], 1 / 4, 1, 2 / 5, 0, 1, id="1/4, 1/1, 2/5, 0/1, 3/3"
        ),
        pytest.param([N, N], [N, Y], None, 0, 0, 1, 0, id="never silent: precision unknown"),
        pytest.param([Y, N], [Y, Y], 0, None, 0, None, 1 / 2, id="all can: recall unknown"),
        pytest.param([Y, N], [N, N], 1, 1 / 2, 2 / 3, 1 / 2, None, id="none can: error unknown"),
        pytest.param([N], [Y], None, None, None, None, 0, id="rightly answered: F1 unknown"),
        pytest.param([], [], None, None, None, None, None, id="no questions"),
    ],
)
def test_rates(
    abstained: list[bool],
    answerable: list[bool],
    precision: float | None,
    recall: float | None,
    f1: float | None,
    hallucination: float | None,
    error: float | None,
) -> None:
    assert abstention_precision(abstained, answerable) == pytest.approx(precision)
    assert abstention_recall(abstained, answerable) == pytest.approx(recall)
    assert abstention_f1(abstained, answerable) == pytest.approx(f1)
    assert hallucination_rate(abstained, answerable) == pytest.approx(hallucination)
    assert error_rate(abstained, answerable) == pytest.approx(error)


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1))
def test_rates_agree_with_scikit_learn(pairs: list[tuple[bool, bool]]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    silent = [pair[0] for pair in pairs]
    cannot = [not pair[1] for pair in pairs]
    can = [pair[1] for pair in pairs]
    for ours, theirs in (
        (abstention_precision, metrics.precision_score),
        (abstention_recall, metrics.recall_score),
        (abstention_f1, metrics.f1_score),
    ):
        expected = theirs(cannot, silent, zero_division=float("nan"))
        assert ours(silent, can) == (None if expected != expected else pytest.approx(expected))


def test_the_curve_by_hand() -> None:
    # By confidence: .9 loses 0; .8 loses 1 and 0, together; .1 loses 1.
    curve = risk_coverage_curve([0.8, 0.1, 0.9, 0.8], [1, 1, 0, 0])
    assert curve == [
        RiskCoverage(0.9, 1 / 4, 0 / 1),
        RiskCoverage(0.8, 3 / 4, 1 / 3),
        RiskCoverage(0.1, 4 / 4, 2 / 4),
    ]


@pytest.mark.parametrize(
    ("confidences", "losses", "area"),
    [
        pytest.param([3, 2, 1], [0, 0, 1], (0 + 0 + 1 / 3) / 3, id="good: (0+0+1/3)/3"),
        pytest.param([1, 2, 3], [0, 0, 1], (1 + 1 / 2 + 1 / 3) / 3, id="bad: (1+1/2+1/3)/3"),
        pytest.param([5, 5, 5], [0, 0, 1], 1 / 3, id="one step: 1/3"),
        pytest.param([0.8, 0.1, 0.9, 0.8], [1, 1, 0, 0], 7 / 24, id="0/4 + (1/3)(2/4) + (1/2)/4"),
        pytest.param([1], [0.25], 0.25, id="a loss between: .25"),
        pytest.param([], [], None, id="no questions"),
    ],
)
def test_area(confidences: list[float], losses: list[float], area: float | None) -> None:
    assert risk_coverage_area(confidences, losses) == pytest.approx(area)


RATED = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0]), st.booleans()), min_size=1
)


@settings(deadline=None)
@given(RATED)
def test_area_agrees_with_every_threshold(pairs: list[tuple[float, bool]]) -> None:
    confidences = [confidence for confidence, _ in pairs]
    losses = [float(loss) for _, loss in pairs]
    area = 0.0
    for confidence in confidences:  # each question adds 1/n of coverage at its threshold's risk
        answered = [
            loss for loss, other in zip(losses, confidences, strict=True) if other >= confidence
        ]
        area += sum(answered) / len(answered) / len(pairs)
    assert risk_coverage_area(confidences, losses) == pytest.approx(area)
    assert risk_coverage_curve(confidences, losses)[-1].coverage == 1.0


@settings(deadline=None)
@given(RATED, st.randoms())
def test_the_order_of_questions_changes_nothing(
    pairs: list[tuple[float, bool]], random: object
) -> None:
    shuffled = sorted(pairs, key=lambda _: random.random())  # type: ignore[attr-defined]
    for measure in (risk_coverage_area, expected_calibration_error, answerability_auc):
        before = measure([c for c, _ in pairs], [r for _, r in pairs])
        after = measure([c for c, _ in shuffled], [r for _, r in shuffled])
        assert before == pytest.approx(after)


@pytest.mark.parametrize(
    ("confidences", "answerable", "auc"),
    [
        pytest.param([0.9, 0.8, 0.3], [Y, Y, N], 1, id="2 of 2 pairs"),
        pytest.param([0.9, 0.2, 0.3], [Y, Y, N], 1 / 2, id="1 of 2 pairs"),
        pytest.param([0.3, 0.3, 0.1], [Y, N, N], 3 / 4, id="(1/2 + 1) of 2 pairs"),
        pytest.param([0.1, 0.9], [Y, N], 0, id="0 of 1 pair"),
        pytest.param([0.1, 0.9], [Y, Y], None, id="one kind only: unknown"),
        pytest.param([], [], None, id="no questions"),
    ],
)
def test_auc(confidences: list[float], answerable: list[bool], auc: float | None) -> None:
    assert answerability_auc(confidences, answerable) == pytest.approx(auc)


@settings(deadline=None)
@given(RATED)
def test_auc_agrees_with_all_pairs(pairs: list[tuple[float, bool]]) -> None:
    wins = [
        1.0 if one > other else 0.5 if one == other else 0.0
        for one, can in pairs
        if can
        for other, other_can in pairs
        if not other_can
    ]
    expected = pytest.approx(sum(wins) / len(wins)) if wins else None
    assert answerability_auc([c for c, _ in pairs], [r for _, r in pairs]) == expected


def test_bins_of_equal_width_are_open_below_and_closed_above() -> None:
    filled = calibration_bins([0.0, 0.5, 0.51, 1.0], [1, 0, 1, 1], bins=2, binning="equal_width")
    assert filled == [CalibrationBin(2, 0.25, 0.5), CalibrationBin(2, (0.51 + 1.0) / 2, 1.0)]


def test_bins_of_equal_mass() -> None:
    filled = calibration_bins([0.9, 0.1, 0.2, 0.8, 0.7], [1, 0, 0, 1, 0], bins=2)
    # Five in two: three and two. (0.1 + 0.2 + 0.7) / 3 and (0.8 + 0.9) / 2.
    assert [b.count for b in filled] == [3, 2]
    assert [b.confidence for b in filled] == pytest.approx([1 / 3, 0.85])
    assert [b.accuracy for b in filled] == [0, 1]


def test_bins_of_equal_mass_keep_equals_together() -> None:
    filled = calibration_bins([0.5, 0.5, 0.5, 0.9], [1, 0, 1, 1], bins=4)
    assert [b.count for b in filled] == [3, 1]


@pytest.mark.parametrize(
    ("confidences", "correct", "bins", "binning", "error"),
    [
        pytest.param([0.9, 0.7], [1, 1], 1, "equal_width", 0.2, id="one bin: |.8 - 1|"),
        pytest.param([0.9, 0.1], [1, 0], 1, "equal_width", 0.0, id="one bin hides: |.5 - .5|"),
        pytest.param([0.9, 0.1], [1, 0], 2, "equal_width", 0.1, id="two do not: (.1 + .1)/2"),
        pytest.param([0.9, 0.8, 0.7, 0.2], [1, 0, 1, 0], 2, "equal_width", 0.15,
                     id="3/4 |.8 - 2/3| + 1/4 |.2 - 0| = .1 + .05"),
        pytest.param([0.9, 0.8, 0.7, 0.2], [1, 0, 1, 0], 2, "equal_mass", 0.2,
                     id="2/4 |.85 - .5| + 2/4 |.45 - .5| = .175 + .025"),
        pytest.param([1, 1], [0, 0], 10, "equal_mass", 1.0, id="sure and wrong: 1"),
        pytest.param([], [], 10, "equal_mass", None, id="no questions"),
    ],
)  # fmt: skip
def test_calibration_error(
    confidences: list[float],
    correct: list[float],
    bins: int,
    binning: Binning,
    error: float | None,
) -> None:
    found = expected_calibration_error(confidences, correct, bins=bins, binning=binning)
    assert found == pytest.approx(error)


@settings(deadline=None)
@given(RATED, st.integers(1, 12))
def test_calibration_error_agrees_with_intervals(
    pairs: list[tuple[float, bool]], bins: int
) -> None:
    error = 0.0
    for number in range(bins):
        low, high = number / bins, (number + 1) / bins
        inside = [(c, r) for c, r in pairs if low < c <= high or (number == 0 and c == 0)]
        error += abs(sum(c for c, _ in inside) - sum(r for _, r in inside)) / len(pairs)
    found = expected_calibration_error(
        [c for c, _ in pairs], [r for _, r in pairs], bins=bins, binning="equal_width"
    )
    assert found == pytest.approx(error)


@settings(deadline=None)
@given(st.sets(st.floats(0, 1), min_size=1, max_size=40), st.integers(1, 12))
def test_bins_of_equal_mass_differ_by_one_at_most(values: set[float], bins: int) -> None:
    counts = [b.count for b in calibration_bins(list(values), [1.0] * len(values), bins=bins)]
    assert sum(counts) == len(values)
    assert len(counts) == min(bins, len(values))
    assert max(counts) - min(counts) <= 1


@pytest.mark.parametrize(
    "measure",
    [
        abstention_precision,
        abstention_recall,
        abstention_f1,
        hallucination_rate,
        error_rate,
        risk_coverage_curve,
        risk_coverage_area,
        answerability_auc,
        calibration_bins,
        expected_calibration_error,
    ],
)
def test_unpaired_input_is_refused(
    measure: Callable[[Sequence[bool], Sequence[bool]], object],
) -> None:
    with pytest.raises(ValueError, match="One entry a question, but 2 and 1"):
        measure([Y, N], [Y])


@pytest.mark.parametrize(
    "measure", [risk_coverage_curve, answerability_auc, expected_calibration_error]
)
def test_a_confidence_that_is_no_number_is_refused(
    measure: Callable[[Sequence[float], Sequence[bool]], object],
) -> None:
    with pytest.raises(ValueError, match="NaN"):
        measure([float("nan"), 0.5], [Y, N])


@pytest.mark.parametrize(("confidence", "bins"), [(1.01, 10), (-0.01, 10), (0.5, 0)])
def test_what_cannot_be_calibrated_is_refused(confidence: float, bins: int) -> None:
    with pytest.raises(ValueError, match=r"0\.\.1|one bin"):
        expected_calibration_error([confidence], [1], bins=bins)


@pytest.mark.parametrize(
    ("confidences", "answerable", "expected"),
    [
        ([0.9, 0.8, 0.7, 0.1], [True, False, True, False], (0.9, 0.0, 0.5)),
        ([0.9, 0.8, 0.7, 0.1], [True, True, False, False], (0.8, 0.0, 0.0)),
        ([0.5, 0.5], [True, False], (None, 0.0, 1.0)),
        ([0.1, 0.9], [True, False], (None, 0.0, 1.0)),
        ([0.9, 0.6, 0.5, 0.4], [True, False, True, False], (0.9, 0.0, 0.5)),
    ],
)
def test_the_best_silence_by_hand(
    confidences: list[float], answerable: list[bool], expected: tuple[float | None, float, float]
) -> None:
    found = best_silence(confidences, answerable)
    assert found is not None
    assert (found.threshold, found.hallucination_rate, found.error_rate) == expected
    assert found.total == expected[1] + expected[2]


def test_there_is_no_best_silence_of_one_kind() -> None:
    assert best_silence([0.3], [True]) is None
    assert best_silence([], []) is None
