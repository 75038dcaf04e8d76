"""A slip of the pen: mended by the articles' words, and never against them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.embed import Embedder
from ingest.library import Library
from rag import Assistant
from rag.spelling import mended
from tests.conftest import article, make_library, open_library


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
        "Who is Mr Orchrads?",
        "Where are the orchasrals?",  # not like enough
        "desigend orchrads harvset brigde minnig engneer",  # too much of it for a slip
        "",
    ],
)
def test_what_may_be_meant_is_left_alone(library: Library, asked: str) -> None:
    assert mended(asked, library) == asked


def test_what_is_like_two_words_is_left_alone(tmp_path: Path, embedder: Embedder) -> None:
    both = article("both", "The Velmars and the Velmart are rivals. The Velmary is a river.")
    folder = make_library(tmp_path / "library", [both], embedder)
    with open_library(folder, embedder) as library:
        assert mended("Who are the Velmarx?", library) == "Who are the Velmarx?"


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
