"""What a language model writes: whether it is a sentence, a copy, or the question over again."""

from __future__ import annotations

import pytest

from rag.prose import is_copy, is_report, only_asks

REPORTS = (
    "The bridge opened on Friday.",
    "The bill passed by 54 votes to 48.",
    "Reuss lost by 121 votes.",
    "On 26 August the bridge opened, which surprised nobody.",
    "When the wind fell, the crew went on.",
    "What delayed the work was the wind.",
    "“We will go on,” said the engineer.",
    "A spokesman said that the evidence had been lost.",
    "World War I ended in 1918.",
    "King Charles I was executed.",
)
NONE = (
    "On 26 August, when the bridge opened to traffic.",
    "Jalalabad, capital of Nangarhar province, which was hit again.",
    "Pavel Orlik, who led the unit until he retired.",
    "Because the wind had delayed the work.",
    "Pavel Orlik.",
    "The key has now been tried, Supt.",
    "The letter was sent on Nov.",
    "I think that the bridge opened on Friday.",
    "As far as I can see, the bridge opened on Friday.",
    "The bridge opened, but I am not sure of the day.",
    "The evidence says that the bridge opened on Friday.",
    "The bridge opened, says https://evil.example/x.",
    "The bridge <b>opened</b> on Friday.",
)


@pytest.mark.parametrize("text", REPORTS)
def test_a_sentence_is_a_report(text: str) -> None:
    assert is_report(text)


@pytest.mark.parametrize("text", NONE)
def test_a_fragment_markup_and_talk_of_oneself_are_none(text: str) -> None:
    assert not is_report(text)


def test_a_copy_has_all_words_in_their_order() -> None:
    quote = "It cost 310 million crowns, “twice” what was planned."
    assert is_copy('it cost 310 million crowns "twice" what was planned', quote)
    assert not is_copy("It cost 310 million crowns, what was planned twice.", quote)
    assert not is_copy("It cost 310 million crowns.", quote)


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("What had the county spent on repairs?", "The county has spent on repairs.", True),
        ("How much did the company lose?", "The company lost much.", True),
        ("I have a dog. Which shelter takes pets?", "The shelter takes pets.", True),
        ("What had the county spent on repairs?", "The county spent 3 crowns on repairs.", False),
        ("Did the county spend it on repairs?", "The county spent it on repairs.", False),
        ("Which opened first, the bridge or the dam?", "The dam opened first.", False),
    ],
)
def test_the_question_over_again_answers_nothing(question: str, text: str, expected: bool) -> None:
    assert only_asks(text, question) == expected
