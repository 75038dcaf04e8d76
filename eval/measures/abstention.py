"""Whether the assistant is silent where it should be, and whether its confidence can be believed.

Sequences are aligned: one entry a question. A rate whose denominator is empty is None, not 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple, TypeVar

import numpy as np

A = TypeVar("A")
B = TypeVar("B")

Binning = Literal["equal_mass", "equal_width"]


class RiskCoverage(NamedTuple):
    """One point of the curve: answering where confidence >= threshold."""

    threshold: float
    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """The questions of one bin: how many, how sure on average, and how many of them were right."""

    count: int
    confidence: float
    accuracy: float


# Answered or not


def abstention_precision(abstained: Sequence[bool], answerable: Sequence[bool]) -> float | None:
    """Of the questions left unanswered, the share that cannot be answered; from 0 to 1.

    Positive means abstained. None where it never abstained.
    """
    both = _pairs(abstained, answerable)
    return _rate([not can for silent, can in both if silent])


def abstention_recall(abstained: Sequence[bool], answerable: Sequence[bool]) -> float | None:
    """Of the questions that cannot be answered, the share left unanswered; from 0 to 1.

    None where every question can be answered.
    """
    both = _pairs(abstained, answerable)
    return _rate([silent for silent, can in both if not can])


def abstention_f1(abstained: Sequence[bool], answerable: Sequence[bool]) -> float | None:
    """2 TP / (2 TP + FP + FN), where positive means abstained; from 0 to 1.

    The harmonic mean of precision and recall (van Rijsbergen 1979). None where nothing was left
    unanswered and nothing should have been.
    """
    both = _pairs(abstained, answerable)
    right = sum(silent and not can for silent, can in both)
    wrong = sum(silent == can for silent, can in both)
    return 2 * right / (2 * right + wrong) if right + wrong else None


def hallucination_rate(abstained: Sequence[bool], answerable: Sequence[bool]) -> float | None:
    """Of the questions with no relevant passage, the share answered all the same; 0 is best.

    NoMIRACL's FP / (FP + TN) on its non_relevant subset (Thakur et al. 2023, arXiv 2312.11361).
    None without such questions.
    """
    both = _pairs(abstained, answerable)
    return _rate([not silent for silent, can in both if not can])


def error_rate(abstained: Sequence[bool], answerable: Sequence[bool]) -> float | None:
    """Of the questions with a relevant passage, the share left unanswered; 0 is best.

    NoMIRACL's FN / (FN + TP) on its relevant subset (Thakur et al. 2023, arXiv 2312.11361). None
    without such questions.
    """
    both = _pairs(abstained, answerable)
    return _rate([silent for silent, can in both if can])


@dataclass(frozen=True, slots=True)
class BestSilence:
    """Both error rates at the threshold where their sum is least: answered is what has at least
    that confidence. `threshold` is None where it is best to answer nothing."""

    threshold: float | None
    hallucination_rate: float
    error_rate: float

    @property
    def total(self) -> float:
        """The sum of both, from 0 to 1: answering nothing, or everything, gives 1."""
        return self.hallucination_rate + self.error_rate


def best_silence(confidences: Sequence[float], answerable: Sequence[bool]) -> BestSilence | None:
    """The two error rates at the best of all thresholds, which nobody knows beforehand.

    Equal confidences are answered together. Of equal sums the highest threshold is taken. None
    unless there are questions of both kinds. It is 1 less Youden's J (Youden 1950) at its highest.
    """
    _check_confidences(confidences)
    both = sorted(_pairs(confidences, answerable), key=lambda pair: -pair[0])
    can = sum(is_one for _, is_one in both)
    cannot = len(both) - can
    if not can or not cannot:
        return None
    best = BestSilence(None, 0.0, 1.0)
    wrongly, rightly = 0, 0
    for threshold, group in groupby(both, key=lambda pair: pair[0]):
        kinds = [is_one for _, is_one in group]
        rightly += sum(kinds)
        wrongly += len(kinds) - sum(kinds)
        found = BestSilence(threshold, wrongly / cannot, 1 - rightly / can)
        if found.total < best.total - 1e-12:
            best = found
    return best


# Confidence against being wrong


def risk_coverage_curve(
    confidences: Sequence[float], losses: Sequence[float]
) -> list[RiskCoverage]:
    """The mean loss among the most confident answers, as more and more questions are answered.

    One point for each distinct confidence, highest first: questions of equal confidence are
    answered together, for no threshold parts them. The last point has coverage 1. `losses` are
    usually 1 - correctness. An empty list for no questions. (Geifman and El-Yaniv 2017, arXiv
    1705.08500; El-Yaniv and Wiener 2010.)
    """
    _check_confidences(confidences)
    ranked = sorted(_pairs(confidences, losses), key=lambda pair: -pair[0])
    curve: list[RiskCoverage] = []
    answered, total_loss = 0, 0.0
    for confidence, group in groupby(ranked, key=lambda pair: pair[0]):
        group_losses = [loss for _, loss in group]
        answered += len(group_losses)
        total_loss += sum(group_losses)
        curve.append(RiskCoverage(confidence, answered / len(ranked), total_loss / answered))
    return curve


def risk_coverage_area(confidences: Sequence[float], losses: Sequence[float]) -> float | None:
    """AURC: the area under the risk-coverage curve; lower is better, from 0 to the highest loss.

    A sum of steps: each point's risk times the coverage it adds. Without ties this is the mean,
    over n, of the risk of the n most confident answers. None for no questions. It falls with
    accuracy as well as with the order of the confidences: compare at like accuracy. (Geifman,
    Uziel and El-Yaniv 2019, arXiv 1805.08206.)
    """
    curve = risk_coverage_curve(confidences, losses)
    if not curve:
        return None
    before = [0.0, *(point.coverage for point in curve)]
    return sum(p.risk * (p.coverage - start) for p, start in zip(curve, before, strict=False))


def answerability_auc(confidences: Sequence[float], answerable: Sequence[bool]) -> float | None:
    """How often an answerable question is given more confidence than an unanswerable one.

    The area under the ROC curve: over all such pairs, 1 for more, 1/2 for equal, 0 for less.
    0.5 is chance, 1 is best. None unless there are questions of both kinds. (Hanley and McNeil
    1982.)
    """
    _check_confidences(confidences)
    both = _pairs(confidences, answerable)
    can = np.array([confidence for confidence, is_one in both if is_one])
    cannot = np.sort([confidence for confidence, is_one in both if not is_one])
    if not len(can) or not len(cannot):
        return None
    below = np.searchsorted(cannot, can, side="left").sum()
    not_above = np.searchsorted(cannot, can, side="right").sum()
    return float(below + not_above) / (2 * len(can) * len(cannot))


# Confidence as a probability


def calibration_bins(
    confidences: Sequence[float],
    correct: Sequence[float],
    *,
    bins: int = 10,
    binning: Binning = "equal_mass",
) -> list[CalibrationBin]:
    """The questions in bins of like confidence, lowest first; empty bins are left out.

    "equal_width" cuts 0..1 into `bins` intervals, open below and closed above, with 0 in the
    first (Guo et al. 2017, arXiv 1706.04599). "equal_mass" puts about as many questions in each
    (Nguyen and O'Connor 2015, arXiv 1508.05154); equal confidences stay together, in the bin
    where the first of them falls. `correct` is 0 or 1, or a score between them. Raises
    ValueError for a confidence outside 0..1, or fewer than one bin.
    """
    if bins < 1:
        raise ValueError(f"There must be one bin at least, not {bins!r}.")
    _check_confidences(confidences)
    if any(not 0 <= confidence <= 1 for confidence in confidences):
        raise ValueError("A confidence outside 0..1 is not a probability: it has no calibration.")
    ranked = sorted(_pairs(confidences, correct), key=lambda pair: pair[0])
    numbers = _BIN_NUMBERS[binning]([confidence for confidence, _ in ranked], bins)
    grouped = groupby(zip(numbers, ranked, strict=True), key=lambda entry: entry[0])
    return [_bin([pair for _, pair in members]) for _, members in grouped]


def expected_calibration_error(
    confidences: Sequence[float],
    correct: Sequence[float],
    *,
    bins: int = 10,
    binning: Binning = "equal_mass",
) -> float | None:
    """The mean gap between confidence and accuracy over `calibration_bins`, by their counts.

    From 0 (what it says is how often it is right) to 1. It depends on the bins: name them with
    the figure. None for no questions. (Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017.)
    """
    filled = calibration_bins(confidences, correct, bins=bins, binning=binning)
    if not filled:
        return None
    return sum(b.count * abs(b.confidence - b.accuracy) for b in filled) / len(confidences)


def _equal_width(ranked: Sequence[float], bins: int) -> list[int]:
    edges = [number / bins for number in range(1, bins)]
    return [int(number) for number in np.searchsorted(edges, ranked, side="left")]


def _equal_mass(ranked: Sequence[float], bins: int) -> list[int]:
    first_of_its_value = np.searchsorted(ranked, ranked, side="left")
    return [int(first) * bins // len(ranked) for first in first_of_its_value]


_BIN_NUMBERS = {"equal_width": _equal_width, "equal_mass": _equal_mass}


def _bin(members: Sequence[tuple[float, float]]) -> CalibrationBin:
    return CalibrationBin(
        count=len(members),
        confidence=sum(confidence for confidence, _ in members) / len(members),
        accuracy=sum(correct for _, correct in members) / len(members),
    )


def _pairs(left: Sequence[A], right: Sequence[B]) -> list[tuple[A, B]]:
    if len(left) != len(right):
        raise ValueError(f"One entry a question, but {len(left)} and {len(right)} were given.")
    return list(zip(left, right, strict=True))


def _rate(hits: Sequence[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None


def _check_confidences(confidences: Sequence[float]) -> None:
    if np.isnan(np.asarray(confidences, dtype=float)).any():
        raise ValueError("A confidence is not a number (NaN): it cannot be ranked.")
