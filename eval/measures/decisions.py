"""A decision that is yes or no: how often it is right when said, and how often said when right.

Sequences are aligned: one entry a case. A rate whose denominator is empty is None, not 0.
"""

from __future__ import annotations

from collections.abc import Sequence


def decision_precision(said: Sequence[bool], true: Sequence[bool]) -> float | None:
    """Of the cases where yes was said, the share where yes is right; from 0 to 1."""
    return _share([right for yes, right in zip(said, true, strict=True) if yes])


def decision_recall(said: Sequence[bool], true: Sequence[bool]) -> float | None:
    """Of the cases where yes is right, the share where it was said; from 0 to 1."""
    return _share([yes for yes, right in zip(said, true, strict=True) if right])


def rejection_recall(said: Sequence[bool], true: Sequence[bool]) -> float | None:
    """Of the cases where no is right, the share where it was said; from 0 to 1."""
    return _share([not yes for yes, right in zip(said, true, strict=True) if not right])


def balanced_accuracy(said: Sequence[bool], true: Sequence[bool]) -> float | None:
    """The mean of `decision_recall` and `rejection_recall`; from 0 to 1, and 0.5 for always saying
    the same. None where one of them does not exist."""
    yes, no = decision_recall(said, true), rejection_recall(said, true)
    return None if yes is None or no is None else (yes + no) / 2


def _share(hits: Sequence[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None
