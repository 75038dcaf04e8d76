"""Search phrases and roundabout words, as the reader is asked them."""

from __future__ import annotations

import pytest

from rag.wording import plain


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("ferry fire number of injured", "How many injured in ferry fire?"),
        ("ferry fire death toll", "How many people died in ferry fire?"),
        (
            "Which group said it was behind the ferry fire?",
            "Which group claimed responsibility for the ferry fire?",
        ),
        ("Who took credit for the raid?", "Who claimed responsibility for the raid?"),
        ("Who was behind the ferry fire?", "Who was responsible for the ferry fire?"),
        (
            "which armed group is behind the raid",
            "which armed group is responsible for the raid",
        ),
    ],
)
def test_the_reader_is_asked_in_words_that_articles_use(typed: str, read: str) -> None:
    assert plain(typed) == read


@pytest.mark.parametrize(
    "question",
    [
        "Who claimed the attacks?",
        "Who was behind the wheel when the ferry sank?",
        "Who stood behind the mayor?",
        "What is the number of injured?",
        "number of people injured in the ferry fire",
        "What was the death toll?",
        "Who said the number of dead was wrong?",
    ],
)
def test_other_questions_are_read_as_they_are_typed(question: str) -> None:
    assert plain(question) == question
