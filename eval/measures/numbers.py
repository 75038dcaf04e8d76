"""Numbers as English writes them -> numerals, so that "thirty-five" and "35" compare as equal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

# fmt: off
_ONES = {word: value for value, word in enumerate([
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
])}
_TENS = {word: value * 10 for value, word in enumerate([
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
], start=2)}
# fmt: on
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_ABOVE_ALL_SCALES = 10**15
_NUMERAL = re.compile(r"-?\d+(?:\.\d+)?")
_HALF = Decimal("0.5")


class _Read(NamedTuple):
    """A number that was read from the pieces, and the index behind its last piece."""

    value: Decimal
    end: int


def merge_numbers(pieces: Sequence[str]) -> list[str]:
    """The pieces with each number in words, or in digits and a scale word, as one numeral.

    `pieces` are lower-case words, plain numerals such as "1200", and punctuation marks, which end
    a number; hyphens must be gone. Whole numbers below 10**15 are read, and halves of a scale
    ("half a million"). What English leaves open is taken as one number ("one hundred and two").
    Ordinals, fractions and years in two halves ("nineteen eighty-four") are not read.

    >>> merge_numbers("two hundred and six thousand people and 1.2 million birds".split())
    ['206000', 'people', 'and', '1200000', 'birds']
    """
    merged: list[str] = []
    at = 0
    while at < len(pieces):
        number = _number(pieces, at)
        merged.append(numeral(number.value) if number else pieces[at])
        at = number.end if number else at + 1
    return merged


def numeral(number: Decimal) -> str:
    """The one way to write a number here: "1200", "3.5", "-2"."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _number(pieces: Sequence[str], at: int) -> _Read | None:
    """Groups of falling scale, as in "two million three hundred thousand and five"."""
    total, end, last_scale = Decimal(0), at, _ABOVE_ALL_SCALES
    while last_scale > 1:
        # Only words follow a scale, with or without "and": "5 million 2021" is two numbers.
        start = end + (end > at and _piece(pieces, end) == "and")
        if end > at and _NUMERAL.fullmatch(_piece(pieces, start)):
            break
        group = _group(pieces, start)
        if group is None:
            break
        # In "one million and two million" the second number is one of its own.
        scale = _SCALES.get(_piece(pieces, group.end), 1)
        if scale >= last_scale:
            break
        total, end, last_scale = total + group.value * scale, group.end + (scale > 1), scale
    return _Read(total, end) if end > at else None


def _group(pieces: Sequence[str], at: int) -> _Read | None:
    """What a scale word may follow: a numeral, a number below 10,000 in words, a half, or "a"."""
    word = _piece(pieces, at)
    if _NUMERAL.fullmatch(word):
        hundreds = _piece(pieces, at + 1) == "hundred"
        return _with_half(
            pieces, _Read(Decimal(word) * (100 if hundreds else 1), at + 1 + hundreds)
        )
    if small := _below_hundred(pieces, at):
        return _hundreds(pieces, small.end, int(small.value)) or _with_half(pieces, small)
    if word == "half":
        return _scaled_half(pieces, at + 1)
    # "a million" is one of them; "several million" is not, and stays as it is.
    if at > 0 and pieces[at - 1] == "a":
        return _Read(Decimal(1), at) if word in _SCALES else _hundreds(pieces, at, 1)
    return None


def _hundreds(pieces: Sequence[str], at: int, count: int) -> _Read | None:
    """What "hundred" at `at` and the words below it make of `count`; None if it is not there."""
    if count < 1 or _piece(pieces, at) != "hundred":
        return None
    joined = _piece(pieces, at + 1) == "and"
    rest = _below_hundred(pieces, at + 1 + joined)
    # In "one hundred and two hundred" the second number is one of its own.
    if rest is None or _piece(pieces, rest.end) == "hundred":
        return _Read(Decimal(count * 100), at + 1)
    return _Read(count * 100 + rest.value, rest.end)


def _below_hundred(pieces: Sequence[str], at: int) -> _Read | None:
    word, following = _piece(pieces, at), _piece(pieces, at + 1)
    if word in _ONES:
        return _Read(Decimal(_ONES[word]), at + 1)
    if word not in _TENS:
        return None
    if 1 <= _ONES.get(following, 0) <= 9:
        return _Read(Decimal(_TENS[word] + _ONES[following]), at + 2)
    return _Read(Decimal(_TENS[word]), at + 1)


def _with_half(pieces: Sequence[str], whole: _Read) -> _Read:
    """`whole`, and the half of "two and a half million" if it stands there."""
    if list(pieces[whole.end : whole.end + 3]) != ["and", "a", "half"]:
        return whole
    half = _scaled_half(pieces, whole.end + 3)
    return _Read(whole.value + half.value, half.end) if half else whole


def _scaled_half(pieces: Sequence[str], at: int) -> _Read | None:
    """The half of "half a million" and "half million"; `at` is behind the word "half"."""
    at += _piece(pieces, at) == "a"
    return _Read(_HALF, at) if _piece(pieces, at) in _SCALES else None


def _piece(pieces: Sequence[str], at: int) -> str:
    return pieces[at] if at < len(pieces) else ""
