"""A decision that is yes or no: how often a yes that is said is right, and how often a right one is
said.

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


def _share(hits: Sequence[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None
