"""What is said of somebody of the same surname is no answer."""

from __future__ import annotations

from time import perf_counter

import pytest

from ingest.article import Span
from rag.namesakes import is_of_a_namesake, people_asked_about, understood

TEXTS = (
    "Mayor Ada Reed opened the pier. Captain Daniel Reed, 51, sailed on. Danny Reed is a careful"
    " man. Reed spoke. The mayor is no relation of Daniel Reed; Ada Reed said so.",
    "Grace Reed won the race. Reed, 16, is at school.",
)


def sentences_of_namesakes(question: str) -> list[str]:
    people = people_asked_about(question, TEXTS)
    found = []
    for text in TEXTS:
        for sentence in text.replace(". ", ".|").split("|"):
            at = text.index(sentence)
            if is_of_a_namesake(people, text, Span(at, at + len(sentence))):
                found.append(sentence)
    return found


CAPTAIN = ["Captain Daniel Reed, 51, sailed on.", "Danny Reed is a careful man."]
RUNNER = ["Grace Reed won the race.", "Reed, 16, is at school."]


@pytest.mark.parametrize(
    ("question", "others"),
    [
        ("How old is Ada Reed?", [*CAPTAIN, *RUNNER]),
        ("How old is Mayor Reed?", [*CAPTAIN, *RUNNER]),
        ("How old is Captain Reed?", ["Mayor Ada Reed opened the pier.", *RUNNER]),
        ("How old is Mr Reed?", []),
        ("How old is Reed?", []),
        ("How old is Ada Reed's brother?", []),
        ("Is Ada Reed related to Daniel Reed?", []),
        ("How old is Tom Hale?", []),
    ],
)
def test_other_given_names_with_the_surname_are_another_person(
    question: str, others: list[str]
) -> None:
    assert sentences_of_namesakes(question) == others


def test_a_given_name_is_understood_where_the_article_has_one_for_the_surname() -> None:
    people = people_asked_about("How old is Ann Reed?", TEXTS)
    for text, names in (
        ("Ann Reed came. Ms Reed, 52, is a teacher.", {"ann"}),
        ("Ann Reed came with Tom Reed. Ms Reed, 52, is a teacher.", set()),
        ("Ms Reed, 52, is a teacher.", set()),
    ):
        at = text.index("Ms Reed")
        assert understood(people, text, Span(at, len(text))) == names
    assert understood(people, "Ann Reed came. She is 52.", Span(15, 25)) == set()


@pytest.mark.parametrize(
    "sentence",
    [
        "On Monday President Trume cut the tax.",
        "US President Trume spoke.",
        "U.S. President Trume spoke.",
        "In London Trume spoke.",
        "Yesterday Trume spoke.",
        "Democrat Trume spoke.",
        "On Monday Bill Trume spoke.",
        "In Paris Labour Senator William Trume spoke.",
    ],
)
def test_how_a_sentence_opens_is_no_given_name(sentence: str) -> None:
    people = people_asked_about("How old is William Trume?", [sentence])
    assert not is_of_a_namesake(people, sentence, Span(0, len(sentence)))


@pytest.mark.parametrize("sentence", ["On Monday Otto Renn spoke.", "Then Capt. Otto Renn spoke."])
def test_a_name_after_an_opening_is_found(sentence: str) -> None:
    people = people_asked_about("How old is Tobias Renn?", [sentence])
    assert is_of_a_namesake(people, sentence, Span(0, len(sentence)))


def test_a_text_of_capitals_is_judged_at_once() -> None:
    text = "A" * 20_000 + "-A" * 10_000 + "! Renn"
    people = people_asked_about("How old is Tobias Renn?", [text])
    start = perf_counter()
    is_of_a_namesake(people, text, Span(0, len(text)))
    assert perf_counter() - start < 0.5
