"""Citation validity, and ALCE's citation recall and precision on worked examples."""

from __future__ import annotations

from itertools import chain, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.measures.citations import (
    Quoted,
    Statement,
    citation_precision,
    citation_recall,
    citation_validity,
)

TEXT = "Thirty-five died. 🌊 ISKP claimed it."


@pytest.mark.parametrize(
    ("citations", "validity"),
    [
        pytest.param([Quoted(TEXT, 0, 17, "Thirty-five died.")], 1, id="1 of 1"),
        pytest.param([Quoted(TEXT, 20, 36, "ISKP claimed it.")], 1, id="code points, not UTF-16"),
        pytest.param([Quoted(TEXT, 21, 37, "ISKP claimed it.")], 0, id="UTF-16 offsets are wrong"),
        pytest.param(
            [Quoted(TEXT, 0, 11, "Thirty-five"), Quoted(TEXT, 0, 11, "thirty-five")],
            1 / 2,
            id="1 of 2: case counts",
        ),
        pytest.param(
            [Quoted(TEXT, -9, -1, "aimed it")], 0, id="a negative offset, though it slices"
        ),
        pytest.param([Quoted(TEXT, 20, 99, "ISKP claimed it.")], 0, id="beyond the end, likewise"),
        pytest.param([Quoted(TEXT, 3, 3, "")], 0, id="an empty quote"),
        pytest.param([], None, id="nothing cited: unknown"),
    ],
)
def test_validity(citations: list[Quoted], validity: float | None) -> None:
    assert citation_validity(citations) == pytest.approx(validity)


def holds_letters(premise: str, statement: str) -> bool:
    """A support function to compute with: all letters of the statement are in the premise."""
    return set(statement) <= set(premise)


@pytest.mark.parametrize(
    ("statements", "recall", "precision"),
    [
        pytest.param([("ab", ["ab"])], 1, 1, id="one that supports: 1/1, 1/1"),
        pytest.param([("ab", ["a"])], 0, 0, id="one that does not: 0/1, 0/1"),
        pytest.param([("ab", ["a", "b"])], 1, 1, id="only together, both needed: 1/1, 2/2"),
        pytest.param(
            [("ab", ["ab", "x"])], 1, 1 / 2, id="x alone fails, the rest holds: irrelevant, 1/2"
        ),
        pytest.param([("ab", ["ab", "ab"])], 1, 1, id="redundant but each supports alone: 2/2"),
        pytest.param(
            [("abc", ["ab", "bc", "x"])], 1, 2 / 3, id="ab and bc needed, x not: 1/1, 2/3"
        ),
        pytest.param(
            [("abc", ["ab", "bc", "c"])],
            1,
            1 / 3,
            id="without bc: ab+c holds; without c: ab+bc holds; ab needed: 1/3",
        ),
        pytest.param([("ab", ["a", "x"])], 0, 0, id="unsupported: no citation is of use, 0/2"),
        pytest.param([("ab", [])], 0, None, id="uncited: 0/1, nothing to be precise about"),
        pytest.param(
            [("ab", ["ab", "x"]), ("c", []), ("d", ["d"]), ("e", ["x"])],
            2 / 4,
            2 / 4,
            id="an answer: 2 of 4 statements; (1 + 1 + 0) of (2 + 1 + 1) citations",
        ),
        pytest.param([], None, None, id="no statement: unknown"),
    ],
)
def test_alce(
    statements: list[tuple[str, list[str]]], recall: float | None, precision: float | None
) -> None:
    answer = [Statement(text, tuple(citations)) for text, citations in statements]
    assert citation_recall(answer, holds_letters) == pytest.approx(recall)
    assert citation_precision(answer, holds_letters) == pytest.approx(precision)


def test_what_is_uncited_is_unsupported_whatever_the_support_function_says() -> None:
    answer = [Statement("The sky is blue.", ()), Statement("Grass is green.", ("Grass is green.",))]
    assert citation_recall(answer, lambda premise, statement: True) == 0.5


def test_the_worked_example_of_news() -> None:
    """The premise is the citations in their order, a line each, and the statement follows it."""
    asked: list[tuple[str, str]] = []

    def support(premise: str, statement: str) -> bool:
        asked.append((premise, statement))
        return "ISKP claimed the attack." in premise

    answer = [Statement("ISKP did it.", ("It rained.", "ISKP claimed the attack."))]
    assert citation_recall(answer, support) == 1.0
    assert asked == [("It rained.\nISKP claimed the attack.", "ISKP did it.")]
    assert citation_precision(answer, support) == 0.5


@settings(deadline=None)
@given(st.lists(st.text("abcé ", min_size=1), min_size=1))
def test_verbatim_answers_hold_by_construction(quotes: list[str]) -> None:
    answer = [Statement(quote, (quote,)) for quote in quotes]

    def verbatim(premise: str, statement: str) -> bool:
        return statement in premise

    assert citation_recall(answer, verbatim) == citation_precision(answer, verbatim) == 1.0


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            Statement,
            st.text("abc", min_size=1, max_size=3),
            st.lists(st.text("abcx", min_size=1, max_size=3), max_size=4).map(tuple),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_alce_agrees_with_sets_of_supporting_subsets(answer: list[Statement]) -> None:
    """By the definition over all subsets of citations, tabulated first and then looked up."""
    supported = useful = cited = 0
    for text, citations in answer:
        everything = tuple(range(len(citations)))
        subsets = chain.from_iterable(combinations(everything, n) for n in range(1, 5))
        holding = {s for s in subsets if set(text) <= set("".join(citations[i] for i in s))}
        supported += everything in holding
        cited += len(citations)
        for i in everything:
            rest = tuple(j for j in everything if j != i)
            irrelevant = (i,) not in holding and rest in holding
            useful += everything in holding and not irrelevant
    assert citation_recall(answer, holds_letters) == pytest.approx(supported / len(answer))
    assert citation_precision(answer, holds_letters) == (
        pytest.approx(useful / cited) if cited else None
    )
