"""Words of a kind that a question does not ask for."""

from __future__ import annotations

from time import perf_counter

import pytest

from ingest.article import Span
from rag.kinds import is_of_another_kind, is_polar, is_telling


def places(sentence: str, answer: str) -> tuple[str, Span, Span]:
    text = f"It rained. {sentence}"
    at = text.index(answer, 11)
    return text, Span(11, len(text)), Span(at, at + len(answer))


@pytest.mark.parametrize(
    ("question", "sentence", "answer"),
    [
        ("How old is Ann Reed?", "It is 38 centimetres high, said Ann Reed.", "38 centimetres"),
        ("How old is Ann Reed?", "Ann Reed, the director, put the share at 64.", "64"),
        (
            "How old is Ann Reed?",
            "“I have taught for 27 years,” said Ann Reed.",
            "27 years",
        ),
        ("How many votes did Reed get?", "Reed got the votes of the harbour.", "the harbour"),
        ("How much is the clock worth?", "It is thought to be worth a good deal.", "good deal"),
        ("How long has she been keeper?", "Ann Reed, who is 71, keeps the light.", "71"),
        ("When was the attack?", "They had ruled for 11 days when it was claimed.", "11 days"),
        ("By how many votes did Reed win?", "Hale had 1,642 votes, Reed had 1,631.", "1,642"),
        (
            "When did it burn?",
            "The mill burned at the old quay in Oster.",
            "at the old quay in Oster",
        ),
        ("How old is Ann Reed?", "At 38 centimetres, said Ann Reed, it stands.", "38"),
        ("Who founded the bakery?", "The bakery, founded in 1958, sells bread.", "1958"),
    ],
)
def test_a_measure_is_no_age_a_number_nobody_and_a_while_no_moment(
    question: str, sentence: str, answer: str
) -> None:
    assert is_of_another_kind(question, *places(sentence, answer))


@pytest.mark.parametrize(
    ("question", "sentence", "answer"),
    [
        ("How old is Ann Reed?", "Ann Reed, 58, an engineer, spoke.", "58"),
        ("How old is Ann Reed?", "By the age of seven Ann Reed could swim.", "seven"),
        ("How old is the boy?", "An eleven-year-old boy was found.", "eleven"),
        ("How old is Ann Reed?", "Ann Reed is 27 years old.", "27 years"),
        ("How old is Ann Carver?", "Ann Carver, now 78, is a judge.", "78"),
        ("How old was he?", "He died at 17 in Tarn.", "17"),
        ("How old is she?", "At 17, she is at school.", "17"),
        ("How old is Ann Reed?", "Ann Reed kept her 78th birthday.", "78th"),
        ("How old were the fossils?", "They are put at 515 million years.", "515 million years"),
        ("How many died?", "Scores of people died.", "Scores"),
        ("How many voted?", "A majority of them voted.", "majority"),
        ("When did it burn?", "It burned in the reign of Queen Ada.", "in the reign of Queen Ada"),
        ("When did it burn?", "It burned at the end of the War.", "at the end of the War"),
        ("When did it burn?", "It burned in the First World War.", "in the First World War"),
        ("When did it burn?", "It burned in May.", "in May"),
        ("When did it burn?", "It burned at dawn.", "at dawn"),
        ("When did it burn?", "On Monday it burned in Oster.", "in Oster"),
        ("How old is the clock?", "The clock was made in 1761.", "1761"),
        ("By how many votes did Reed win?", "Reed won the seat by just three votes.", "three"),
        ("By how many votes did Reed win?", "She was three votes ahead.", "three votes"),
        ("By how many points did it rise?", "It rose 14 points.", "14"),
        ("How many died?", "Nobody is known to have died.", "Nobody"),
        ("How many died?", "Twenty-one people died.", "Twenty-one"),
        ("How long did it last?", "The strike lasted 16 days.", "16"),
        ("How long has she been keeper?", "She has kept it since 1 October.", "since 1 October"),
        ("When did it close?", "It closed 11 days after the vote.", "11 days"),
        ("When did it close?", "It closed within three weeks.", "three weeks"),
        ("When was it built?", "It was built at the end of the 19th century.", "19th century"),
        ("Who founded it?", "It was founded by Ann Reed in 1958.", "Ann Reed"),
    ],
)
def test_what_may_be_meant_is_let_through(question: str, sentence: str, answer: str) -> None:
    assert not is_of_another_kind(question, *places(sentence, answer))


@pytest.mark.parametrize(
    ("question", "polar"),
    [
        ("Did the Front shell the mine?", True),
        ("Isn't it open?", True),
        ("Was it the Front or the army?", False),
        ("Who did it?", False),
        ("What is open?", False),
    ],
)
def test_a_question_for_yes_or_no_is_told(question: str, polar: bool) -> None:
    assert is_polar(question) is polar


@pytest.mark.parametrize(
    ("question", "sentence", "answer", "telling"),
    [
        (
            "Who killed Ziya Haq?",
            "They killed Ziya Haq, also known as Abu Omar.",
            "Abu Omar",
            False,
        ),
        ("Who is Ziya Haq?", "They killed Ziya Haq, also known as Abu Omar.", "Abu Omar", True),
        ("Who killed Ziya Haq?", "The army killed Ziya Haq, alias Abu Omar.", "The army", True),
        ("Did the army kill Ziya Haq?", "The army denied it.", "denied it", False),
        ("Who is Ann Reed?", "Dr Reed, no relation of Ann Reed, spoke.", "Ann Reed", False),
        ("Who killed Reed?", "The army has always denied any part in it.", "The army", False),
        ("Who denied it?", "The army has always denied any part in it.", "The army", True),
        ("Who killed Reed?", "It is accused of killing Tom Reed, a leader.", "leader", False),
        ("Who is Tom Reed?", "It is accused of killing Tom Reed, a leader.", "leader", True),
        ("When was it stolen?", "It has stood there since 1931, but was stolen.", "1931", False),
        ("When was it stolen?", "It was stolen in 1931.", "1931", True),
        ("Is it tea or coffee?", "It is coffee.", "coffee", True),
    ],
)
def test_words_that_say_nothing_by_themselves_do_not_stand_alone(
    question: str, sentence: str, answer: str, telling: bool
) -> None:
    assert is_telling(question, *places(sentence, answer)) is telling


@pytest.mark.parametrize("hostile", ["-" * 2000, "’-" * 1000])
def test_a_text_of_dashes_is_judged_at_once(hostile: str) -> None:
    start = perf_counter()
    is_telling(
        "Who killed Reed?", *places(f"They killed {hostile} called {hostile}x Omar.", "Omar")
    )
    assert perf_counter() - start < 0.5
