"""ALCE's figures over replies: statements by hand, and any support function."""

from __future__ import annotations

import pytest

from eval.alce import citations_that_support, literally, statements
from eval.benchmark import Asked, Gold, Item
from eval.measures import Statement
from eval.records import Record
from eval.system import Cited, Reply

ONE, TWO = Cited("a", 0, 4, "One."), Cited("a", 5, 9, "Two.")


def record(text: str, *cited: Cited, answered: bool = True) -> Record:
    item = Item("q", "Q?", True, Gold(), "c")
    return Record.of(item, Asked(Reply(text, answered, citations=cited)), {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. [1] Two. [2]", [("One.", ("One.",)), ("Two.", ("Two.",))]),
        ("Both. [1][2]", [("Both.", ("One.", "Two."))]),
        ("Both. [7, 3] Again. [3]", [("Both.", ("One.", "Two.")), ("Again.", ("Two.",))]),
        ("One. [1] And nothing.", [("One.", ("One.",)), ("And nothing.", ())]),
    ],
)
def test_statements_have_what_their_marks_cite(
    text: str, expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    found = statements(Reply(text, True, citations=(ONE, TWO)))
    assert found == [Statement(*one) for one in expected]


def test_verbatim_answers_hold_by_construction_and_others_by_the_function_given() -> None:
    verbatim, other = record("One. [1]", ONE), record("Uno. [1] Two. [2]", ONE, TWO)
    silent = record("The articles do not say.", answered=False)
    assert citations_that_support([verbatim, silent]) == (1.0, 1.0)
    assert citations_that_support([verbatim, other]) == (0.75, 0.75)
    assert citations_that_support([other], lambda premise, statement: True) == (1.0, 1.0)
    assert citations_that_support([silent]) == (None, None)
    assert literally("a  b\nc", "b c")
