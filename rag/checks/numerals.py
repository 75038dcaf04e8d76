"""Numbers as they are written: digits, words, or both ("35", "thirty-five", "2.5 million")."""

from __future__ import annotations

import re
from collections.abc import Sequence

_UNITS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen""".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
SMALL_NUMBERS = {word: value for value, word in enumerate(_UNITS)} | {
    word: 10 * place for place, word in enumerate(_TENS, start=2)
}
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "bn": 1e9, "trillion": 1e12}
_MULTIPLES = _SCALES | {"hundred": 1e2, "dozen": 12.0}
# "First" and "second" are seldom counted.
_ORDINALS = {
    word: float(place)
    for place, word in enumerate(
        """third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
        fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth""".split(),
        start=3,
    )
}
_ENDS = {**SMALL_NUMBERS, **_ORDINALS, "first": 1, "second": 2}  # "twenty-first"
_PHRASES = {
    ("half", "a", "dozen"): 6.0,
    ("half", "dozen"): 6.0,
    ("half",): 0.5,
    ("a", "fortnight"): 2.0,
    ("fortnight",): 2.0,
    ("a", "quarter"): 0.25,
    ("one", "quarter"): 0.25,
    ("three", "quarters"): 0.75,
}
_BEFORE_PARTS = frozenset(
    """by than about almost nearly over under around some roughly exactly up down only just least
    lost""".split()
)
_DIGITS = re.compile(r"\d[\d,]*(?:\.\d+)?")


def numeral(words: Sequence[str], before: str = "") -> tuple[float, int] | None:
    """The value of the number that begins `words` (in lower case), and of how many words it is;
    None where no number begins them. `before` is the word in front of them."""
    if (part := _part(words, before)) is not None:
        return _of_scale(*part, words)
    if not words:
        return None
    if words[0] == "every" and (whole := _ORDINALS.get("".join(words[1:2]))):
        return 1 / whole, 2
    if words[0] in _ORDINALS:
        return _ORDINALS[words[0]], 1
    if _DIGITS.fullmatch(words[0]):
        return _multiplied(float(words[0].replace(",", "")), words, 1)
    if words[0] == "a" and len(words) > 1 and words[1] in _MULTIPLES:
        return _multiplied(1.0, words, 1)
    if words[0] == "dozen":
        return 12.0, 1
    if (share := _share(words)) is not None:
        return share
    return _in_words(words) if words[0] in SMALL_NUMBERS else None


def _part(words: Sequence[str], before: str) -> tuple[float, int] | None:
    """Half, a quarter, a fifth of, by a fifth, three fifths; but not "a fifth was"."""
    for phrase, value in _PHRASES.items():
        if tuple(words[: len(phrase)]) == phrase:
            return value, len(phrase)
    if len(words) < 2:
        return None
    count = 1 if words[0] in ("a", "one") else SMALL_NUMBERS.get(words[0], 0)
    whole = _ORDINALS.get(words[1].rstrip("s"), 0)
    plural = words[1].endswith("s")
    if not 0 < count < whole or plural == (count == 1):
        return None
    is_part = plural or words[2:3] == ["of"] or before in _BEFORE_PARTS
    return (count / whole, 2) if is_part else None


def _share(words: Sequence[str]) -> tuple[float, int] | None:
    """One in five, four out of five."""
    for between in (["in"], ["in", "every"], ["out", "of"], ["out", "of", "every"]):
        last = 1 + len(between)
        whole = SMALL_NUMBERS.get("".join(words[last : last + 1]), 0)
        if list(words[1:last]) == between and 0 < SMALL_NUMBERS.get(words[0], 0) < whole:
            return SMALL_NUMBERS[words[0]] / whole, last + 1
    return None


def _of_scale(value: float, used: int, words: Sequence[str]) -> tuple[float, int]:
    """ "Half a million", "three quarters of a million"."""
    for between in (("a",), ("of", "a")):
        scale = used + len(between)
        if tuple(words[used:scale]) == between and "".join(words[scale : scale + 1]) in _SCALES:
            return value * _SCALES[words[scale]], scale + 1
    return value, used


def _in_words(words: Sequence[str]) -> tuple[float, int]:
    """ "Two million three hundred and five": each scale ends a group of up to three digits."""
    total, at = 0.0, 0
    while at < len(words) and words[at] in SMALL_NUMBERS:
        group, used = _up_to_999(words[at:])
        value, used = _multiplied(group, words[at:], used)
        total += value
        at += used
        if value == group or at == len(words):
            break
        at += words[at] == "and" and words[at + 1 : at + 2] != []
    at -= words[at - 1] == "and"
    return total, at


def _up_to_999(words: Sequence[str]) -> tuple[float, int]:
    value, used = _up_to_99(words)
    if words[used : used + 1] != ["hundred"]:
        return value, used
    value, used = value * 100, used + 1
    rest = words[used + 1 :] if words[used : used + 1] == ["and"] else words[used:]
    if rest and rest[0] in SMALL_NUMBERS:
        more, further = _up_to_99(rest)
        return value + more, len(words) - len(rest) + further
    return value, used


def _up_to_99(words: Sequence[str]) -> tuple[float, int]:
    value = SMALL_NUMBERS[words[0]]
    unit = _ENDS.get(words[1], 0) if len(words) > 1 else 0
    return (value + unit, 2) if value >= 20 and 0 < unit < 10 else (value, 1)


def _multiplied(value: float, words: Sequence[str], used: int) -> tuple[float, int]:
    """`value` times what the words after it say: "million", "and a half million"."""
    if tuple(words[used : used + 2]) == ("and", "a") and words[used + 2 : used + 3]:
        part = {"half": 0.5, "quarter": 0.25}.get(words[used + 2], 0.0)
        value, used = value + part, used + 3 * bool(part)
    if used < len(words) and words[used] in _MULTIPLES:
        return value * _MULTIPLES[words[used]], used + 1
    return value, used
