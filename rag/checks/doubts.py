"""What speaks against a statement."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal[
    "missing",
    "quote",
    "count",
    "contrary",
    "negation",
    "unnegated",
    "claim",
    "reported",
    "speaker",
    "hedge",
    "unsure",
    "addition",
    "cause",
    "relation",
    "part",
    "exchange",
]


class Doubt(NamedTuple):
    """One thing that speaks against a statement, how a person is told so, and how strong it is
    among its kind, 0 to 1."""

    kind: Kind
    reason: str
    strength: float = 1.0
