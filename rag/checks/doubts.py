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
]


class Doubt(NamedTuple):
    """One thing that speaks against a statement, and how a person is told so."""

    kind: Kind
    reason: str
