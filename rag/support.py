"""Does this evidence support this statement? What a generated sentence must pass to be shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ingest.errors import StatementError
from rag.additions import additions, own_reasons
from rag.align import Pair
from rag.attribution import claims_as_facts, other_speakers
from rag.claims import altered_quotes, missing
from rag.doubts import Doubt
from rag.entail import SupportHead
from rag.hedges import dropped
from rag.opposites import contrary_words
from rag.polarity import opposed
from rag.relations import exchanged_actors, exchanged_words, misplaced_numbers

THRESHOLD = 0.5
_RULES: tuple[Callable[[Pair], Iterable[Doubt]], ...] = (
    missing,
    altered_quotes,
    opposed,
    contrary_words,
    other_speakers,
    claims_as_facts,
    dropped,
    exchanged_actors,
    exchanged_words,
    misplaced_numbers,
    own_reasons,
    additions,
)
_HEAD_SCALE = 0.5


@dataclass(frozen=True, slots=True)
class Support:
    """Whether evidence supports a statement, how sure that is (0 to 1), and what speaks against
    it, in words for people; nothing does where `reasons` is empty."""

    supported: bool
    score: float
    reasons: tuple[str, ...] = ()


class SupportChecker:
    """Checks statements against evidence. Making it loads no weights; threads may share it."""

    def __init__(self, *, threshold: float | None = None) -> None:
        """`threshold`: the least score at which a statement counts as supported.

        Raises StatementError unless it lies between 0 and 1.
        """
        if threshold is not None and not 0 <= threshold <= 1:
            raise StatementError(
                f"{threshold!r} is no threshold.", remedy="Choose one between 0 and 1."
            )
        self.threshold = THRESHOLD if threshold is None else threshold
        self._head = SupportHead()

    def check(self, statement: str, evidence: Sequence[str]) -> Support:
        """Whether `evidence`, all of it together, supports `statement`.

        Raises StatementError where one of them has no words.
        """
        pair = Pair.of(statement, evidence)
        if not pair.statement.tokens:
            raise StatementError(
                "The statement has no words.", remedy="Give one that says something."
            )
        if not pair.evidence.tokens:
            raise StatementError(
                "The evidence has no words.", remedy="Give the text to check against."
            )
        reasons = tuple(dict.fromkeys(doubt.reason for rule in _RULES for doubt in rule(pair)))
        if reasons:
            return Support(False, 0.0, reasons)
        head = self._head.score(pair.statement.text, pair.evidence.text)
        score = 1 / (1 + math.exp(-_HEAD_SCALE * (head + 4)))
        if score >= self.threshold:
            return Support(True, score)
        return Support(False, score, ("The evidence does not seem to say this.",))
