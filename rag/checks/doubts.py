"""What speaks against a statement."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal[
    "missing",
    "quote",
    "count",
    "negation",
    "claim",
    "speaker",
    "hedge",
    "addition",
    "cause",
    "relation",
    "answer",
]


class Doubt(NamedTuple):
    """One thing that speaks against a statement, how a person is told so, and how strongly it
    speaks, 0 to 1."""

    kind: Kind
    reason: str
    strength: float = 1.0
