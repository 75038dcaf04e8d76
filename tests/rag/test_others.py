"""What is said of another name than the one that is asked about."""

from __future__ import annotations

import pytest

from ingest.article import Span
from rag.others import (
    is_another_count,
    is_apposed_to_another,
    is_not_told,
    is_of_another,
    is_part_of_the_name,
)
from rag.tables import is_silent_cell

TABLE = "| Source | Tarn (crowns) |\n|---|---|\n| City of Velm | 25,000 |\n| Diocese | not known |"


def judged(question: str, text: str, sentence: str, answer: str) -> tuple[str, str, Span, Span]:
    start, at = text.index(sentence), text.index(answer)
    return question, text, Span(start, start + len(sentence)), Span(at, at + len(answer))


@pytest.mark.parametrize(
    ("question", "sentence", "answer", "another"),
    [
        ("What is the capital of Ostrava?", "Velm is the capital of Tarn.", "Velm", True),
        ("What is the capital of Tarn?", "Velm is the capital of Tarn.", "Velm", False),
        ("What is the capital of Tarn?", "It is the capital of the Tarn province.", "It", False),
        ("Who is the head of Ostrava?", "In Ostrava the head of Tarn was received.", "the", False),
        ("What is the name of Reed Hall?", "It has the name of Ann Reed.", "Ann Reed", False),
        ("Who is the king of Britain?", "Otto is the king of the UK.", "Otto", False),
        ("Who is the president of the US?", "Otto is president of Ostrava.", "Otto", False),
        ("Who shelled Velm?", "The capital of Tarn was shelled.", "Tarn", False),
    ],
)
def test_the_same_thing_of_another_name_is_another(
    question: str, sentence: str, answer: str, another: bool
) -> None:
    assert is_of_another(*judged(question, sentence, sentence, answer)) is another


WON, KILLED, CLAIMED = (
    "Who won the seat?",
    "Who killed Ann Reed?",
    "Which group claimed the attack?",
)


@pytest.mark.parametrize(
    ("question", "sentence", "answer", "untold"),
    [
        (WON, "The Greens had never before won the seat.", "The Greens", True),
        (WON, "The Greens didn't win; Labour won the seat.", "Labour", False),
        ("Who has not won?", "The Greens have never won.", "The Greens", False),
        (KILLED, "After Ann Reed's killing the army closed the port.", "the army", True),
        (KILLED, "Ann Reed's killing by the army was denied.", "the army", False),
        (KILLED, "The army's killing of Ann Reed was denied.", "The army", False),
        (CLAIMED, "An ally of the Front has shattered those claims.", "the Front", True),
        (CLAIMED, "The Front claimed the attack.", "The Front", False),
        ("When did they win?", "They had never won.", "never", False),
    ],
)
def test_a_deed_that_is_denied_or_only_pointed_at_is_not_told(
    question: str, sentence: str, answer: str, untold: bool
) -> None:
    assert is_not_told(*judged(question, sentence, sentence, answer)) is untold


@pytest.mark.parametrize(
    ("question", "answer", "part"),
    [
        ("Who killed Mutawakil?", "Abu Obaidullah", True),
        ("Who is Mutawakil?", "Abu Obaidullah", False),
        ("Who killed Mutawakil?", "The army", False),
    ],
)
def test_the_rest_of_a_name_did_nothing_to_its_bearer(
    question: str, answer: str, part: bool
) -> None:
    sentence = "The army is accused of arresting Abu Obaidullah Mutawakil."
    assert is_part_of_the_name(*judged(question, sentence, sentence, answer)) is part


def test_a_number_before_a_name_is_no_part_of_it() -> None:
    question, sentence = "How many awards has Doctor Who won?", "It has won 12 Doctor Who awards."
    assert not is_part_of_the_name(*judged(question, sentence, sentence, "12"))


@pytest.mark.parametrize(
    ("question", "sentence", "answer", "another"),
    [
        ("Who is Ann Reed?", "“Ann Reed knows,” said Tom Hale, the leader.", "leader", True),
        ("Who is Ann Reed?", "The leader, Tom Hale, met Ann Reed.", "The leader", True),
        ("Who is Ann Reed?", "The leader Tom Hale met Ann Reed.", "The leader", True),
        ("Who is Ann Reed?", "She is a former BBC Radio Tarn host.", "a former", False),
        ("Who is Tom Hale?", "The leader, Tom Hale, met Ann Reed.", "The leader", False),
        ("Who is the leader?", "The leader, Tom Hale, met Ann Reed.", "Tom Hale", False),
    ],
)
def test_a_description_of_somebody_else_is_none_of_the_one_asked_about(
    question: str, sentence: str, answer: str, another: bool
) -> None:
    assert is_apposed_to_another(*judged(question, sentence, sentence, answer)) is another


@pytest.mark.parametrize(
    ("question", "sentence", "answer", "another"),
    [
        ("How many districts did they take?", "They took at least 80 fighters.", "80", True),
        ("How many fighters did they take?", "They took at least 80 fighters.", "80", False),
        ("How many miners died?", "The Front killed 14 people.", "14", False),
        ("How many of the lines run?", "Four trams run.", "Four", False),
        ("How many districts did they take?", "They took the towns.", "the", False),
        ("How many votes were cast?", "Of 40 voters 38 cast their votes.", "40", False),
    ],
)
def test_a_number_of_other_things_is_another_count(
    question: str, sentence: str, answer: str, another: bool
) -> None:
    assert is_another_count(*judged(question, sentence, sentence, answer)) is another


def test_a_paragraph_that_speaks_of_what_is_counted_leaves_the_number_alone() -> None:
    text = "Its districts are many. At least 80 towns fell.\n\nRain fell."
    sentence = "At least 80 towns fell."
    assert not is_another_count(*judged("How many districts fell?", text, sentence, "80"))


def test_a_row_is_of_another_thing_unless_it_or_its_columns_are_called_so() -> None:
    row = "| City of Velm | 25,000 |"
    assert is_of_another(*judged("population of Velm", TABLE, row, "25,000"))
    assert not is_of_another(*judged("crowns of Velm", TABLE, row, "25,000"))


def test_a_cell_that_says_nothing_is_no_answer() -> None:
    row = "| Diocese | not known |"
    assert is_silent_cell(*judged("How much did the diocese give?", TABLE, row, "not known"))
    text = "How much the diocese gave is not known"
    assert not is_silent_cell(*judged("How much did the diocese give?", text, text, "not known"))


@pytest.mark.parametrize(("cell", "silent"), [("No", False), ("Yes", False), ("Mon–Fri", True)])
def test_to_yes_or_no_a_row_answers_only_with_one_of_them(cell: str, silent: bool) -> None:
    row = f"| Kittiwake | {cell} |"
    assert is_silent_cell(*judged("Does the Kittiwake take cars?", row, row, cell)) is silent
