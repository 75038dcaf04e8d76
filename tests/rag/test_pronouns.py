"""Pronouns that mean something in their own question, and those that do not."""

from __future__ import annotations

import pytest

from rag.pronouns import PERSON, PLURAL, THING, bound


@pytest.mark.parametrize(
    ("question", "is_bound"),
    [
        ("From which fund did the union pay its striking members?", True),
        ("How many members does the real Night Gardeners group say it has?", True),
        ("Where does water go after it enters a storm drain?", True),
        ("When was the Velm mine opened, and what did it cost?", True),
        ("And the company, what did it offer?", True),
        ("What did the union say about it?", False),
        ("Did the council close it?", False),
        ("What does Crispin Dole think it would fetch?", False),
        ("How does the union's secretary explain its fall?", False),
    ],
)
def test_an_it_may_mean_what_its_own_question_speaks_of(question: str, is_bound: bool) -> None:
    assert bound(THING, question) is is_bound


@pytest.mark.parametrize(
    ("question", "is_bound"),
    [
        ("How many of the drivers said they would strike?", True),
        ("Do preferred stocks differ in the share that they represent?", True),
        ("Did the police find them?", False),
        ("What did they say to the drivers?", False),
        ("How many of them did the drivers find?", False),
    ],
)
def test_so_may_a_they(question: str, is_bound: bool) -> None:
    assert bound(PLURAL, question) is is_bound


@pytest.mark.parametrize(
    ("question", "is_bound"),
    [
        ("Which scholar was found dead a week after he was arrested in Kabul?", True),
        ("What did Pavel Orlik say about his bridge?", True),
        ("What did Mrs Halloran say about ringing him?", False),
        ("Which officer searched the house after he left?", False),
        ("Who is his cousin?", False),
        ("What was stolen?", False),
    ],
)
def test_and_a_he(question: str, is_bound: bool) -> None:
    assert bound(PERSON, question) is is_bound
