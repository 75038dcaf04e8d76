"""How exactly a number is meant: "2,000", "some 2,000", "nearly 2,000", "2.3 million"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.checks.align import Side
from rag.checks.tokens import Token

_ABOUT = frozenset("about around roughly approximately some circa".split())
_BELOW = frozenset("nearly almost under below less fewer".split())
_ABOVE = frozenset("over more above exceeding exceeded least".split())
ROUGHLY = _ABOUT | _BELOW | _ABOVE
_CLOSELY = frozenset("nearly almost just little slightly few".split())
_ROUNDING, _FAR = 0.06, 0.3
_EXACT = 1e-6
BEFORE = 3
"""How many words before a number say how exactly it is meant."""
_NEAR = 5
_EXACT_LARGE = 1e6


def around(side: Side, at: int, reach: int) -> frozenset[str]:
    """The words near a place."""
    near = side.tokens[max(0, at - reach) : at + reach + 1]
    return frozenset(token.lower for token in near)


def value_of(token: Token) -> float:
    """The value of a number."""
    return float(token.key[1:])


@dataclass(frozen=True, slots=True)
class Said:
    """A number of the statement, and how exactly it is meant."""

    at: int
    value: float
    before: frozenset[str]
    around: frozenset[str]
    places: int
    """How many digits it has, without noughts at its ends; none in "half" or "a dozen"."""
    step: float
    """The last decimal place of a number like 2.3 million; 0 for others."""

    @classmethod
    def of(cls, side: Side, at: int, value: float = 1.0) -> Said:
        """The number at a place; a word that only stands for one has `value`."""
        token = side.tokens[at]
        return cls(
            at,
            value_of(token) if token.kind == "number" else value,
            frozenset(other.lower for other in side.tokens[max(0, at - BEFORE) : at]),
            around(side, at, _NEAR),
            _digits(token) if token.kind == "number" else 1,
            _step(token) if token.kind == "number" else 0.0,
        )

    def fits(self, value: float, apart: float = _EXACT) -> bool:
        """Whether it says `value`: exactly, or as roughly as its words let it."""
        off = value - self.value
        if abs(off) <= max(apart, self.step / 2):
            return True
        if self.places >= _places(value):
            return False
        near = _ROUNDING if self.before & _CLOSELY else _FAR
        return bool(
            (self.before & _ABOUT and abs(off) <= _ROUNDING * value)
            or (self.before & _BELOW and -near * value <= off < 0)
            or (self.before & _ABOVE and 0 < off <= near * value)
        )


def _places(value: float) -> int:
    """How many digits a number has without the noughts at its ends: two, of 1,200,000."""
    return len(f"{value:.6g}".replace(".", "").partition("e")[0].strip("0"))


def _digits(token: Token) -> int:
    roundly = "dozen" in token.lower or (0 < value_of(token) < 1 and token.text[0].isalpha())
    return 0 if roundly else _places(value_of(token))


def _step(token: Token) -> float:
    """What one in the last place of a rounded number is worth, where it has two places or more."""
    written = re.match(r"[\d,]+(?:\.(\d+))?", token.text)
    if written is None or len(re.sub(r"\D", "", written[0])) < 2 or not token.key.strip("#0."):
        return 0.0
    scale = value_of(token) / float(written[0].replace(",", ""))
    if written[1] is None and scale < _EXACT_LARGE:
        return 0.0
    return float(scale * 10.0 ** -len(written[1] or ""))
