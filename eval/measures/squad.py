"""Exact match and F1 of a short answer, as SQuAD defines them.

Sources: Rajpurkar et al. 2016, "SQuAD: 100,000+ Questions for Machine Comprehension of Text"
(arXiv 1606.05250), and Rajpurkar, Jia and Liang 2018, "Know What You Don't Know" (arXiv
1806.03822) for questions without an answer. Scores are from 0 to 1, where the papers print percent.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_WITHOUT_PUNCTUATION = str.maketrans("", "", string.punctuation)


class SquadRecord(NamedTuple):
    """One question: what was predicted and what is right.

    `golds` is empty where the paragraph holds no answer; `prediction` is "" where the system
    abstained. `no_answer` is any number that grows with the belief that there is no answer.
    """

    prediction: str
    golds: tuple[str, ...]
    no_answer: float


class BestThreshold(NamedTuple):
    """The highest mean score that some threshold reaches, and the smallest threshold that does.

    A prediction counts where `no_answer <= threshold`; elsewhere the answer is "". `threshold`
    is None where it is best to answer nothing.
    """

    score: float
    threshold: float | None


def normalise(text: str) -> str:
    """SQuAD's form for comparison: lower case, no ASCII punctuation, no articles, single spaces.

    >>> normalise("The  U.S. Army's   base")
    'us armys base'
    """
    lowered = text.lower().translate(_WITHOUT_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", lowered).split())


def exact_match(prediction: str, golds: Sequence[str]) -> float:
    """1.0 if the prediction equals one of the golds after `normalise`, else 0.0.

    Golds that normalise to nothing are passed over. Where none is left the question has no
    answer, and only a prediction that normalises to nothing is right. (Rajpurkar et al. 2016,
    2018.)
    """
    return float(normalise(prediction) in {normalise(gold) for gold in _comparable(golds)})


def f1(prediction: str, golds: Sequence[str]) -> float:
    """The best F1, over the golds, of the bags of normalised words; from 0 to 1.

    Golds that normalise to nothing are passed over. Where none is left the question has no
    answer, and the score is 1.0 for a prediction that normalises to nothing, else 0.0.
    (Rajpurkar et al. 2016, 2018.)
    """
    return max(_f1(normalise(prediction).split(), normalise(g).split()) for g in _comparable(golds))


def best_exact(records: Sequence[SquadRecord]) -> BestThreshold | None:
    """The best mean exact match over all thresholds of `no_answer`; None for no records.

    From 0 to 1. Records of equal `no_answer` change sides together: no threshold parts them.
    The official script parts them, in the order of its input, and so may claim more where there
    are ties; without ties the two agree. (Rajpurkar et al. 2018, `find_best_thresh`.)
    """
    return _best_threshold(records, [exact_match(r.prediction, r.golds) for r in records])


def best_f1(records: Sequence[SquadRecord]) -> BestThreshold | None:
    """The best mean F1 over all thresholds of `no_answer`, as `best_exact`; None for no records."""
    return _best_threshold(records, [f1(r.prediction, r.golds) for r in records])


def _comparable(golds: Sequence[str]) -> list[str]:
    return [gold for gold in golds if normalise(gold)] or [""]


def _has_answer(record: SquadRecord) -> bool:
    return any(normalise(gold) for gold in record.golds)


def _f1(predicted: list[str], gold: list[str]) -> float:
    if not predicted or not gold:
        return float(predicted == gold)
    common = (Counter(predicted) & Counter(gold)).total()
    return 2 * common / (len(predicted) + len(gold))


def _best_threshold(
    records: Sequence[SquadRecord], scores: Sequence[float]
) -> BestThreshold | None:
    """`scores`: what each record's prediction earns if it is given; aligned with `records`."""
    if not records:
        return None
    if any(record.no_answer != record.no_answer for record in records):
        raise ValueError("A record's no_answer is not a number (NaN): it cannot be compared.")
    # Start where nothing is answered: each unanswerable question is right, each other wrong.
    total = best = float(sum(not _has_answer(record) for record in records))
    threshold: float | None = None
    # Then answer, in groups of equal no_answer, what is most likely to have an answer.
    pairs = sorted(zip(records, scores, strict=True), key=lambda pair: pair[0].no_answer)
    for no_answer, group in groupby(pairs, key=lambda pair: pair[0].no_answer):
        total += sum(score - (not _has_answer(record)) for record, score in group)
        # Rounding in the running sum must not pass for an improvement.
        if total > best + 1e-9:
            best, threshold = total, no_answer
    return BestThreshold(best / len(records), threshold)
