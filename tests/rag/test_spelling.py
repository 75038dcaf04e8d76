"""A slip of the pen: mended by the articles' words, and never against them."""

from __future__ import annotations

import pytest

from ingest.library import Library
from rag import Assistant
from rag.spelling import mended


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("Who desigend the Tarn bridge?", "Who designed the Tarn bridge?"),
        ("who shelled the coper mine?", "who shelled the coper mine?"),  # too short to be sure
        ("Where are the orchrads?", "Where are the orchards?"),
        ("What did the Ostrva council say?", "What did the Ostrava council say?"),
    ],
)
def test_a_misspelt_word_is_written_as_in_the_articles(
    library: Library, asked: str, expected: str
) -> None:
    assert mended(asked, library) == expected


@pytest.mark.parametrize(
    "asked",
    [
        "Who designed the Tarn bridge?",  # every word is known
        "Who founded Pernambuco?",  # nothing is like it
        "Who is Mr Designes?",  # a name is not made a word
        "desigend orchrads harvset brigde minnig engneer",  # too much of it for a slip
        "",
    ],
)
def test_what_may_be_meant_is_left_alone(library: Library, asked: str) -> None:
    assert mended(asked, library) == asked


def test_a_common_word_is_no_slip(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library.embedder, "count_tokens", lambda texts: [1 for _ in texts])
    assert mended("Who desigend the bridge?", library) == "Who desigend the bridge?"


def test_the_answer_says_what_was_asked(assistant: Assistant) -> None:
    asked = "Who desigend the Tarn bridge?"
    answer = assistant.ask(asked)
    assert answer.answered
    assert answer.question == asked
    assert answer.standalone_question == "Who designed the Tarn bridge?"
    assert assistant.conversation().ask(asked).standalone_question == answer.standalone_question
    assert assistant.ask("Who designed the Tarn bridge?").standalone_question is None
