"""Does this evidence support this statement? What a generated sentence must pass to be shown."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

from ingest.errors import ModelError, StatementError
from rag.checks.additions import additions, own_reasons
from rag.checks.align import Pair
from rag.checks.attribution import claims_as_facts, other_speakers
from rag.checks.claims import altered_quotes, missing
from rag.checks.doubts import Doubt, Kind
from rag.checks.entail import SupportHead
from rag.checks.hedges import dropped
from rag.checks.opposites import contrary_words, reversed_order
from rag.checks.polarity import opposed
from rag.checks.reckoned import other_factors, reckoned
from rag.checks.relations import (
    exchanged_actors,
    exchanged_words,
    mismatched_numbers,
    misplaced_numbers,
    turned_round,
)
from rag.checks.roles import other_parts
from rag.checks.scope import lost_reservations
from rag.checks.sequence import not_yet, only_planned, other_order, other_times

WEIGHTS = Path(__file__).parent / "models" / "support.json"
_RULES: tuple[Callable[[Pair], Iterable[Doubt]], ...] = (
    missing,
    other_factors,
    altered_quotes,
    opposed,
    contrary_words,
    reversed_order,
    other_speakers,
    claims_as_facts,
    dropped,
    exchanged_actors,
    exchanged_words,
    turned_round,
    misplaced_numbers,
    mismatched_numbers,
    other_times,
    other_order,
    not_yet,
    only_planned,
    own_reasons,
    additions,
)
_GRAMMAR: tuple[Callable[[Pair], Iterable[Doubt]], ...] = (other_parts, lost_reservations)
_LONGEST_PARSED = 3_000
"""Characters of evidence. More is not parsed: that takes a tenth of a second and more."""
DECISIVE: frozenset[Kind] = frozenset({"missing", "quote"})
"""Doubts that nothing outweighs."""
IN_FULL: frozenset[Kind] = DECISIVE | {"contrary"}
"""Doubts that count in full however much of a statement is in words of its own: one of these words
is what the evidence has the opposite of."""
_SAID_BETTER: Mapping[Kind, frozenset[Kind]] = {
    "reported": frozenset({"claim"}),
    "unsure": frozenset({"hedge"}),
    "unnegated": frozenset({"negation", "contrary"}),
}
_LEAST_TOLD = 0.3
_LEAST_LOGIT, _MOST_LOGIT = -6.5, -1.5


@dataclass(frozen=True, slots=True)
class Support:
    """Whether evidence supports a statement, how sure that is (0 to 1), and what speaks against
    it, in words for people."""

    supported: bool
    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signs:
    """What a statement and its evidence show: the doubts, the share of the statement's words that
    the evidence does not have (0 to 1), and what the trained head has against the statement: by
    how much its logit falls short of `_MOST_LOGIT` (-5 to 0), 0 where it was not asked."""

    doubts: tuple[Doubt, ...]
    unsaid: float
    head: float

    @property
    def strengths(self) -> dict[Kind, float]:
        """For each kind of doubt the strongest, times its bearing; of some kinds in full."""
        found: dict[Kind, float] = {}
        for doubt in self.doubts:
            strength = doubt.strength * (1.0 if doubt.kind in IN_FULL else self.bearing)
            found[doubt.kind] = max(found.get(doubt.kind, 0.0), strength)
        return found

    @property
    def apart(self) -> float:
        """How far the two texts are apart, 0 to 1: the fourth power of the share of the
        statement's words that the evidence lacks, so that one that is reworded is not far."""
        return self.unsaid**4

    @property
    def bearing(self) -> float:
        """How much a doubt counts, 0 to 1: the square of the share of words that both texts have.
        Where a statement has words of its own, laying the two side by side shows little."""
        return (1 - self.unsaid) ** 2


@dataclass(frozen=True)
class Weights:
    """A logistic function of the signs, and the score from which a statement is supported.

    The head counts by the share of unsaid words: it has nothing to say of words that are there.
    Of each kind of doubt the strongest counts.
    """

    bias: float
    head: float
    apart: float
    doubts: Mapping[Kind, float]
    threshold: float

    @classmethod
    def read(cls, file: Path) -> Self:
        """The weights that `python -m rag.training.weigh` wrote. Raises ModelError."""
        try:
            known = json.loads(file.read_text(encoding="utf-8"))
            names = ("bias", "head", "apart", "doubts", "threshold")
            return cls(**{name: known[name] for name in names})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"{str(file)!r} cannot be read: {error!r}.", remedy="Reinstall Groundwire."
            ) from error

    def score(self, signs: Signs) -> float:
        """The probability, 0 to 1, that the statement is supported."""
        logit = self.bias + self.head * signs.head * signs.unsaid + self.apart * signs.apart
        for kind, strength in signs.strengths.items():
            logit += self.doubts[kind] * strength
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))


class SupportChecker:
    """Checks statements against evidence. Making it loads no network; threads may share it."""

    def __init__(self, *, threshold: float | None = None) -> None:
        """`threshold`: the least score at which a statement counts as supported.

        Raises StatementError unless it lies between 0 and 1.
        """
        if threshold is not None and not 0 <= threshold <= 1:
            raise StatementError(
                f"{threshold!r} is no threshold.", remedy="Choose one between 0 and 1."
            )
        self._weights = _bundled()
        self.threshold = self._weights.threshold if threshold is None else threshold
        self._head = SupportHead()

    def check(self, statement: str, evidence: str | Sequence[str]) -> Support:
        """Whether `evidence`, all of it together, supports `statement`.

        Raises StatementError where one of them has no words.
        """
        pair = Pair.of(statement, evidence)
        signs = self._signs(pair)
        score = self._weights.score(signs)
        reasons = tuple(dict.fromkeys(_told(signs)))
        if score < self.threshold and not reasons:
            reasons = (f"The evidence does not seem to say “{' '.join(_unsaid(pair))}”.",)
        return Support(score >= self.threshold, score, reasons)

    def signs(self, statement: str, evidence: str | Sequence[str]) -> Signs:
        """What the score is made of. Raises StatementError where one of them has no words."""
        return self._signs(Pair.of(statement, evidence))

    def _signs(self, pair: Pair) -> Signs:
        if not pair.statement.tokens:
            raise StatementError("The statement has no words.", remedy="Say something.")
        if not pair.evidence.tokens:
            raise StatementError("The evidence has no words.", remedy="Give what to check against.")
        if pair.verbatim:
            return Signs((), 0.0, 0.0)
        doubts = tuple(doubt for rule in _RULES for doubt in rule(pair))
        content = list(pair.statement.content())
        unsaid = len(_unsaid(pair)) / len(content) if content else 0.0
        if any(doubt.kind in DECISIVE for doubt in doubts):
            return Signs(doubts, unsaid, 0.0)
        if len(pair.evidence.text) <= _LONGEST_PARSED:
            doubts += tuple(doubt for rule in _GRAMMAR for doubt in rule(pair))
        if not unsaid:
            return Signs(doubts, unsaid, 0.0)
        head = self._head.score(pair.statement.text, pair.evidence.text)
        return Signs(doubts, unsaid, max(_LEAST_LOGIT, min(_MOST_LOGIT, head)) - _MOST_LOGIT)


def _told(signs: Signs) -> Iterator[str]:
    """The reasons of the doubts, without faint ones and those that another says better."""
    kinds = signs.strengths.keys()
    for doubt in signs.doubts:
        better = kinds & _SAID_BETTER.get(doubt.kind, frozenset())
        if not better and doubt.strength >= _LEAST_TOLD:
            yield doubt.reason


def _unsaid(pair: Pair) -> list[str]:
    """The words of the statement that carry meaning and that the evidence does not have."""
    unsaid = (at for at in pair.statement.content() if pair.there[at] is None)
    unsaid = (at for at in unsaid if at not in reckoned(pair))
    return [pair.statement.tokens[at].text for at in unsaid]


@cache
def _bundled() -> Weights:
    return Weights.read(WEIGHTS)
