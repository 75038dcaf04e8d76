"""Containment, numbers in words, length, and evidence, by tables and by references."""

from __future__ import annotations

import doctest
import importlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.measures.answers import (
    ArticleSpan,
    contains_answer,
    evidence_precision,
    evidence_recall,
    words,
)
from eval.measures.tokens import comparable_tokens
from ingest.article import Span


@pytest.mark.parametrize("module", ["answers", "numbers", "tokens", "squad"])
def test_examples_in_docstrings(module: str) -> None:
    results = doctest.testmod(importlib.import_module(f"eval.measures.{module}"))
    assert results.failed == 0
    assert results.attempted > 0


@pytest.mark.parametrize(
    ("answer", "aliases", "contained"),
    [
        pytest.param("At least 35 people died.", ["35"], True, id="35 in '35 people'"),
        pytest.param("At least 35 people died.", ["5"], False, id="5 not in 35"),
        pytest.param("About 3.5 metres.", ["5"], False, id="5 not in 3.5"),
        pytest.param("About 3.5m of snow.", ["3"], False, id="3 not in 3.5m"),
        pytest.param("It runs 1,200km north.", ["1"], False, id="1 not in 1,200km"),
        pytest.param("Some 1,200 fled.", ["200"], False, id="200 not in 1,200"),
        pytest.param("Some 1,200 fled.", ["1200"], True, id="1,200 = 1200"),
        pytest.param("Thirty-five died.", ["35"], True, id="thirty-five = 35"),
        pytest.param("35 died.", ["thirty-five"], True, id="35 = thirty-five"),
        pytest.param("Thirty-five died.", ["30"], False, id="30 not in thirty-five"),
        pytest.param("Thirty-five died.", ["five"], False, id="five not in thirty-five"),
        pytest.param("It cost $1.2 million.", ["1,200,000"], True, id="1.2 million = 1,200,000"),
        pytest.param("It cost half a million.", ["1 million"], False, id="half a million is not 1"),
        pytest.param("Several million fled.", ["1 million"], False, id="several million is not 1"),
        pytest.param("It fell to -5 degrees.", ["5"], False, id="minus 5 is not 5"),
        pytest.param("Between 5-10 died.", ["10"], True, id="a range is no minus"),
        pytest.param("It was ISKP's attack.", ["ISKP"], True, id="possessive"),
        pytest.param("The U.S. Army said so.", ["US Army"], True, id="acronym"),
        pytest.param("al-Shabaab fighters", ["Al Shabaab"], True, id="hyphen and case"),
        pytest.param("in São Paulo", ["Sao Paulo"], True, id="accents"),
        pytest.param("He leads the bank of the north.", ["bank of north"], True, id="articles"),
        pytest.param("Vitamin C helps.", ["Vitamin A"], False, id="a last article is a name"),
        pytest.param("Vitamin A helps.", ["Vitamin A"], True, id="Vitamin A"),
        pytest.param("up 5 per cent", ["5%"], True, id="per cent"),
        pytest.param("They said so [35].", ["35"], False, id="a citation mark says nothing"),
        pytest.param("The Taliban denied it.", ["ISKP", "Taliban"], True, id="any alias"),
        pytest.param("Paul lives in Sao Tome", ["Sao Paulo"], False, id="words must be adjacent"),
        pytest.param("the bombing of Kabul", ["Kabul bombing"], False, id="order counts"),
        pytest.param("Kabulistan", ["Kabul"], False, id="whole tokens"),
        pytest.param("", ["Kabul"], False, id="an empty answer contains nothing"),
    ],
)
def test_one_part(answer: str, aliases: list[str], contained: bool) -> None:
    assert contains_answer(answer, [aliases]) is contained


@pytest.mark.parametrize(
    ("answer", "contained"),
    [("Ali and Bob came", True), ("Bob, and then Alistair Ali", True), ("Ali came", False)],
)
def test_every_part_must_be_met(answer: str, contained: bool) -> None:
    assert contains_answer(answer, [["Ali", "Alistair"], ["Bob", "Robert"]]) is contained


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([], id="no part"),
        pytest.param([["Kabul"], []], id="a part without an alias"),
        pytest.param([["Kabul"], ["—", " "]], id="aliases without a letter or digit"),
        pytest.param(["Kabul"], id="a string for a list of aliases"),
        pytest.param("Kabul", id="a string for the parts"),
    ],
)
@pytest.mark.parametrize("answer", ["", "Kabul", "elsewhere"])
def test_nothing_to_look_for_is_an_error(answer: str, parts: list[list[str]]) -> None:
    with pytest.raises(ValueError, match=r"alias|part"):
        contains_answer(answer, parts)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("two hundred and thirty-five thousand four hundred and six", ["235406"]),
        ("twelve hundred", ["1200"]),
        ("one hundred and two hundred", ["100", "and", "200"]),
        ("between one million and two million", ["between", "1000000", "and", "2000000"]),
        ("two and a half million", ["2500000"]),
        ("half-million", ["500000"]),
        ("a hundred", ["a", "100"]),
        ("hundreds of thousands", ["hundreds", "of", "thousands"]),
        ("five, two hundred", ["5", "200"]),
        ("twenty twenty-one", ["20", "21"]),
        ("5 million 2021 voters", ["5000000", "2021", "voters"]),
        ("five thousand million", ["5000", "million"]),
        ("zero", ["0"]),
        ("1,200, 35.0 and 007", ["1200", "35", "and", "7"]),
        ("1990s 5th 1,200km", ["1990s", "5th", "1200km"]),
        ("COVID-19 on 2021-10-06", ["covid", "19", "on", "2021", "10", "6"]),
        ("don't", ["dont"]),
        ("[1] [2, 3] […]", []),
    ],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    assert comparable_tokens(text) == tokens


# fmt: off
ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
        "nineteen"]
TENS = ["", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
# fmt: on
SIZES = {"trillion": 10**12, "billion": 10**9, "million": 10**6, "thousand": 1000, "hundred": 100}


def spelled(number: int) -> str:
    """An independent writer of numbers: 235406 -> "two hundred and thirty-five thousand ..."."""
    if number < 20:
        return ONES[number]
    if number < 100:
        return TENS[number // 10] + (f"-{ONES[number % 10]}" if number % 10 else "")
    for name, size in SIZES.items():
        if number >= size:
            rest = number % size
            link = " and " if rest < 100 else " "
            return f"{spelled(number // size)} {name}" + (link + spelled(rest) if rest else "")
    raise AssertionError(number)


@settings(deadline=None)
@given(st.integers(0, 10**15 - 1) | st.integers(0, 2_000))
def test_numbers_in_words_are_their_digits(number: int) -> None:
    assert comparable_tokens(spelled(number)) == [str(number)]
    assert comparable_tokens(f"{number:,}") == [str(number)]
    assert contains_answer(f"There were {spelled(number)}.", [[str(number)]])


@settings(deadline=None)
@given(st.integers(0, 99), st.integers(0, 99))
def test_a_number_contains_only_itself(said: int, wanted: int) -> None:
    assert contains_answer(f"They were {spelled(said)} men", [[str(wanted)]]) is (said == wanted)


@settings(deadline=None)
@given(st.text())
def test_any_text_yields_tokens_that_hold_something(text: str) -> None:
    assert all(any(c.isalnum() for c in token) for token in comparable_tokens(text))


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["x", "y", "z"]), max_size=8),
    st.lists(st.sampled_from(["x", "y", "z"]), min_size=1, max_size=3),
)
def test_containment_is_a_run_of_tokens(text: list[str], alias: list[str]) -> None:
    expected = f" {' '.join(alias)} " in f" {' '.join(text)} "
    assert contains_answer(" ".join(text), [[" ".join(alias)]]) is expected


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("Two words", 2),
        ("It was al-Shabaab — 35 died. [1]", 5),
        ("So they said [1, 2].", 3),
        (" … !", 0),
    ],
)
def test_words(text: str, count: int) -> None:
    assert words(text) == count


def at(article: str, start: int, end: int) -> ArticleSpan:
    return ArticleSpan(article, Span(start, end))


@pytest.mark.parametrize(
    ("cited", "gold", "precision", "recall"),
    [
        pytest.param([at("a", 0, 9)], [at("a", 5, 20)], 1, 1, id="overlap: 1/1, 1/1"),
        pytest.param([at("a", 0, 5)], [at("a", 5, 9)], 0, 0, id="touching is no overlap: 0, 0"),
        pytest.param([at("b", 0, 9)], [at("a", 0, 9)], 0, 0, id="another article: 0, 0"),
        pytest.param(
            [at("a", 0, 9), at("a", 30, 40), at("b", 0, 9)],
            [at("a", 3, 4), at("c", 0, 9)],
            1 / 3,
            1 / 2,
            id="1 of 3 cited, 1 of 2 gold",
        ),
        pytest.param(
            [at("a", 0, 50)], [at("a", 3, 4), at("a", 8, 9)], 1, 1, id="one covers both: 1/1, 2/2"
        ),
        pytest.param(
            [at("a", 0, 2), at("a", 0, 2), at("a", 7, 9)],
            [at("a", 0, 5)],
            1 / 2,
            1,
            id="cited twice counts once: 1/2, 1/1",
        ),
        pytest.param([], [at("a", 0, 9)], None, 0, id="nothing cited: unknown, 0/1"),
        pytest.param([at("a", 0, 9)], [], 0, None, id="nothing to cite: 0/1, unknown"),
        pytest.param([], [], None, None, id="nothing at all"),
    ],
)
def test_evidence(
    cited: list[ArticleSpan],
    gold: list[ArticleSpan],
    precision: float | None,
    recall: float | None,
) -> None:
    assert evidence_precision(cited, gold) == pytest.approx(precision)
    assert evidence_recall(cited, gold) == pytest.approx(recall)


SPANS = st.builds(
    lambda article, start, length: at(article, start, start + length),
    st.sampled_from("ab"),
    st.integers(0, 8),
    st.integers(1, 4),
)


@settings(deadline=None)
@given(st.lists(SPANS, min_size=1, max_size=5), st.lists(SPANS, min_size=1, max_size=5))
def test_evidence_agrees_with_sets_of_characters(
    cited: list[ArticleSpan], gold: list[ArticleSpan]
) -> None:
    def characters(span: ArticleSpan) -> set[tuple[str, int]]:
        return {(span.article, i) for i in range(span.span.start, span.span.end)}

    def share(ones: list[ArticleSpan], others: list[ArticleSpan]) -> float:
        unique = set(ones)
        hit = [one for one in unique if any(characters(one) & characters(o) for o in others)]
        return len(hit) / len(unique)

    assert evidence_precision(cited, gold) == pytest.approx(share(cited, gold))
    assert evidence_recall(cited, gold) == pytest.approx(share(gold, cited))
