"""A statement laid beside its evidence, word by word."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from rag.checks.syntax import Syntax, parsed
from rag.checks.tokens import Token, ends_in_abbreviation, tokens

Value = TypeVar("Value", bound=Hashable)
_NEAR_IN_STATEMENT = 3
_NEAR_IN_EVIDENCE = 8
_ENDS_CLAUSE = re.compile(r"[.!?;:–—]|\s-\s")
_OPENS_CLAUSE = frozenset(
    """although because but despite except nor though unless until when where whereas which while
    who whom whose""".split()
)
_RELATIVE = frozenset({"which", "who", "whom", "whose", "where"})
_JOINS_AFTER_COMMA = frozenset("and as or so that then with".split())


class Side:
    """One of the two texts: its tokens, and the sentence and the clause that each stands in."""

    def __init__(self, parts: Sequence[str]) -> None:
        """`parts` are texts that follow each other; a sentence never goes on in the next."""
        self.text = " ".join(part.strip() for part in parts)
        self.tokens: list[Token] = tokens(self.text)
        self.sentences: list[int] = []
        self.clauses: list[int] = []
        self.outer: dict[int, int] = {}
        """For each relative clause the clause that it hangs on."""
        self._divide(self._part_ends(parts))

    def _divide(self, ends: set[int]) -> None:
        """Number sentences and clauses; what follows a relative clause belongs to its clause."""
        sentence = clause = newest = 0
        outer: int | None = None
        for at, token in enumerate(self.tokens):
            between = self.text[self.tokens[at - 1].end : token.start] if at else ""
            new = at and any(token.start - len(between) <= end <= token.start for end in ends)
            if at and (new or self._ends_sentence(between, at)):
                sentence, newest, outer = sentence + 1, newest + 1, None
                clause = newest
            elif at and self._opens_clause(between, at):
                relative = token.lower in _RELATIVE
                outer = clause if relative else None if "," in between else outer
                newest += 1
                clause = newest
                if relative:
                    self.outer[clause] = outer if outer is not None else clause
            elif outer is not None and "," in between:
                clause, outer = outer, None
            self.sentences.append(sentence)
            self.clauses.append(clause)

    @staticmethod
    def _part_ends(parts: Sequence[str]) -> set[int]:
        starts, at = set(), 0
        for part in parts:
            starts.add(at)
            at += len(part.strip()) + 1
        return starts

    def _ends_sentence(self, between: str, at: int) -> bool:
        before, token = self.tokens[at - 1], self.tokens[at]
        if ";" in between:
            return True
        if not re.search(r"[.!?][\"'”’)]*\s", between):
            return False
        starts = token.text[:1].isupper() or token.text[:1].isdigit()
        return starts and not ends_in_abbreviation(self.text[: before.end] + between[:1])

    def _opens_clause(self, between: str, at: int) -> bool:
        token = self.tokens[at]
        if token.lower == "but" and self.tokens[at - 1].lower in ("all", "nothing"):
            return False
        if token.lower in ("whom", "which") and self.tokens[at - 1].lower == "of":
            return False
        if _ENDS_CLAUSE.search(between) or token.lower in _OPENS_CLAUSE:
            return True
        following = [other.lower for other in self.tokens[at + 1 : at + 3]]
        if "," in between and following in (["of", "whom"], ["of", "which"]):
            return True
        return "," in between and token.lower in _JOINS_AFTER_COMMA

    def __len__(self) -> int:
        return len(self.tokens)

    def recognise(self, names: Collection[str]) -> None:
        """Take the words with a capital that are known to be names, also where a sentence begins,
        for names."""
        self.tokens = [
            replace(token, kind="name")
            if token.kind == "word" and token.text[0].isupper() and token.key in names
            else token
            for token in self.tokens
        ]

    def in_clause(self, number: int) -> list[int]:
        """The places of a clause's tokens."""
        return self._by_clause.get(number, [])

    def in_sentence(self, number: int) -> list[int]:
        """The places of a sentence's tokens."""
        return self._by_sentence.get(number, [])

    def opens_sentence(self, at: int) -> bool:
        """Whether a sentence begins at a place, or the text ends there."""
        return at in (0, len(self)) or (
            at < len(self) and self.sentences[at] != self.sentences[at - 1]
        )

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Where each key stands."""
        return _grouped(token.key for token in self.tokens)

    @cached_property
    def _by_clause(self) -> dict[int, list[int]]:
        return _grouped(self.clauses)

    @cached_property
    def _by_sentence(self) -> dict[int, list[int]]:
        return _grouped(self.sentences)

    def content(self) -> Iterator[int]:
        """The places of the tokens that carry meaning."""
        return (at for at, token in enumerate(self.tokens) if token.kind != "function")


def _grouped(values: Iterable[Value]) -> dict[Value, list[int]]:
    """The places of each value."""
    found: dict[Value, list[int]] = {}
    for at, value in enumerate(values):
        found.setdefault(value, []).append(at)
    return found


@dataclass(frozen=True)
class Pair:
    """A statement and its evidence, aligned."""

    statement: Side
    evidence: Side

    @classmethod
    def of(cls, statement: str, evidence: str | Sequence[str]) -> Pair:
        """Both texts read; nothing is compared before it is asked for."""
        sides = Side([statement]), Side([evidence] if isinstance(evidence, str) else evidence)
        names = {token.key for side in sides for token in side.tokens if token.kind == "name"}
        for side in sides:
            side.recognise(names)
        return cls(*sides)

    @cached_property
    def there(self) -> list[int | None]:
        """For each token of the statement the place of the same in the evidence, or None.

        Of several, the one in whose surroundings most of the statement's next words stand.
        """
        return [self._place(at) for at in range(len(self.statement))]

    @cached_property
    def syntax(self) -> tuple[Syntax, Syntax]:
        """The grammar of the statement and of the evidence, parsed when it is first asked for."""
        sides = (self.statement, self.evidence)
        said, shown = parsed([(side.text, side.tokens) for side in sides])
        return Syntax(said), Syntax(shown)

    @cached_property
    def verbatim(self) -> bool:
        """Whether the statement is a run of whole sentences of the evidence, word by word."""
        said = [token.lower for token in self.statement.tokens]
        shown = [token.lower for token in self.evidence.tokens]
        starts = [at for at in range(len(shown)) if self.evidence.opens_sentence(at)]
        return any(
            shown[at : at + len(said)] == said and self.evidence.opens_sentence(at + len(said))
            for at in starts
        )

    @cached_property
    def back(self) -> dict[int, int]:
        """For places in the evidence, the first place in the statement that is aligned there."""
        found: dict[int, int] = {}
        for at, place in enumerate(self.there):
            if place is not None:
                found.setdefault(place, at)
        return found

    def _place(self, at: int) -> int | None:
        if self.statement.tokens[at].kind == "function":
            return None
        candidates = self.evidence.places.get(self.statement.tokens[at].key, [])
        if len(candidates) < 2:
            return candidates[0] if candidates else None
        near = range(max(0, at - _NEAR_IN_STATEMENT), at + _NEAR_IN_STATEMENT + 1)
        keys = [
            self.statement.tokens[i].key
            for i in near
            if i != at and i < len(self.statement) and self.statement.tokens[i].kind != "function"
        ]
        return min(candidates, key=lambda place: (-self._company(place, keys), place))

    def _company(self, place: int, keys: Sequence[str]) -> float:
        """How many of the keys stand near a place of the evidence; nearer ones count more."""
        total = 0.0
        for key in keys:
            distances = [
                abs(place - other)
                for other in self.evidence.places.get(key, [])
                if self.evidence.sentences[other] == self.evidence.sentences[place]
            ]
            if distances:
                total += 1 / (1 + min(distances) / _NEAR_IN_EVIDENCE)
        return total
