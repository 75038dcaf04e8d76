"""What reads passages for a question: the protocol that every reader follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rag.answer import Evidence
from rag.retrieve import Hit


class Reader(Protocol):
    """Reads passages for a question. `threshold` is the confidence below which to abstain."""

    name: str
    threshold: float

    def read(self, question: str, hits: Sequence[Hit]) -> list[Evidence]:
        """The sentences of the passages as evidence, most relevant first."""
