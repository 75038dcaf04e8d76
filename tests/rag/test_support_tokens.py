"""Numbers, dates and names as a claim is checked by them, and two texts laid side by side."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.checks.align import Pair, Side
from rag.checks.numerals import numeral
from rag.checks.tokens import tokens

SAME = [
    ("35", "thirty-five"),
    ("twenty-three", "23"),
    ("4,128", "four thousand one hundred and twenty-eight"),
    ("2.5 million", "two and a half million"),
    ("$2.5m", "$2,500,000"),
    ("1.2bn", "1.2 billion"),
    ("12", "a dozen"),
    ("6", "half a dozen"),
    ("50 per cent", "half"),
    ("44%", "44.0 percent"),
    ("42 cents", "0.42"),
    ("19th", "19"),
    ("August 28", "28 August"),
    ("Aug. 28th", "the 28th of August"),
    ("9:30 a.m.", "half past nine"),
    ("10.15 p.m.", "a quarter past ten"),
    ("12:00", "noon"),
    ("12 p.m.", "midday"),
    ("00:00", "midnight"),
    ("3 p.m.", "three o’clock"),
    ("60 per cent", "three fifths"),
    ("by a fifth", "by 20 percent"),
    ("two-thirds", "two thirds"),
    ("Müller’s", "Muller"),
    ("U.S.", "US"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_value_however_it_is_written(one: str, other: str) -> None:
    def values(text: str) -> set[str]:
        return {t.key for t in tokens(text) if t.kind != "function" and t.text not in "$"}

    assert values(one) & values(other)
    assert {k for k in values(one) ^ values(other) if k[0] in "#@~"} == set()


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("It may rain in May.", "function word word function date"),
        ("On Tuesday Dr. Ines Dahl left.", "function date word name name word"),
        ("Delegates left. Delegates came.", "word word word word"),
        ("ISKP fell.", "name word"),
        ("At 12:30 GMT", "function date word"),
    ],
)
def test_kinds(text: str, kinds: str) -> None:
    assert [token.kind for token in tokens(text)] == kinds.split()


def test_a_range_of_percentages_is_two_percentages() -> None:
    assert [t.key for t in tokens("4-7%") if t.kind == "number"] == ["#0.04", "#0.07"]


@given(st.integers(0, 999_999))
def test_numbers_in_words(value: int) -> None:
    found = numeral(in_words(value).replace("-", " ").split())
    assert found is not None
    assert found == (value, len(in_words(value).replace("-", " ").split()))


def in_words(value: int) -> str:
    units = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
        fifteen sixteen seventeen eighteen nineteen""".split()
    tens = "twenty thirty forty fifty sixty seventy eighty ninety".split()
    if value < 20:
        return units[value]
    if value < 100:
        return tens[value // 10 - 2] + (f"-{units[value % 10]}" if value % 10 else "")
    for size, name in ((1000, "thousand"), (100, "hundred")):
        if value >= size:
            rest = value % size
            return f"{in_words(value // size)} {name}" + (f" and {in_words(rest)}" if rest else "")
    raise AssertionError


@given(st.text())
def test_tokens_stand_where_they_say(text: str) -> None:
    found = tokens(text)
    assert all(text[token.start : token.end] == token.text for token in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


def test_a_relative_clause_ends_at_its_comma() -> None:
    side = Side(["Dahl, who was told not to speak, said yes."])
    clause = dict(zip([token.text for token in side.tokens], side.clauses, strict=True))
    assert clause["said"] == clause["Dahl"] != clause["speak"]


def test_of_two_places_the_one_in_like_company_is_chosen() -> None:
    pair = Pair.of("The museum said no.", ["The mayor said yes.", "The museum said no."])
    said = next(at for at, token in enumerate(pair.statement.tokens) if token.text == "said")
    place = pair.there[said]
    assert place is not None
    assert pair.evidence.sentences[place] == 1
