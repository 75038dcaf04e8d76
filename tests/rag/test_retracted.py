"""What an article takes back is found with what sets it right, and is no answer."""

from __future__ import annotations

from time import perf_counter

import pytest

from ingest.article import Article, Span
from rag.retracted import correction_of, corrections, is_retracted
from tests.conftest import article

HEADED = (
    "The mine at Velm reopened on Monday.\n\n**Correction.** Our report of May 10 said that the"
    " attack killed 14 miners. That was the company's figure. The correct number is nine. The same"
    " report said that the mine opened in 1976. It opened in 1967."
)
UNHEADED = (
    "An earlier version of this article said that Lena Marsh owns the mine. That is wrong. The"
    " Halden company owns it, and Ms Marsh is its tenant. We regret the error."
)


def place(text: str, words: str) -> Span:
    start = text.index(words)
    return Span(start, start + len(words))


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        (
            HEADED,
            [
                (" the attack killed 14 miners.", "The correct number is nine."),
                (" the mine opened in 1976.", "It opened in 1967."),
            ],
        ),
        (
            UNHEADED,
            [
                (
                    " Lena Marsh owns the mine.",
                    "The Halden company owns it, and Ms Marsh is its tenant.",
                )
            ],
        ),
        ("We said that the mine would open. It opened on Monday.", []),
        ("“We wrote that it burned,” said Ms Marsh. She was wrong. It stands.", []),
        ("The report said that 14 miners died. The governor denied that.", []),
    ],
)
def test_what_was_published_is_paired_with_what_sets_it_right(
    text: str, pairs: list[tuple[str, str]]
) -> None:
    found = [(c.statement.of(text), c.right.of(text)) for c in corrections(text)]
    assert found == pairs


def test_both_sentences_of_a_correction_lead_to_it() -> None:
    (correction,) = corrections(UNHEADED)
    assert correction_of(UNHEADED, correction.published) == correction
    assert correction_of(UNHEADED, correction.right) == correction
    assert correction_of(UNHEADED, place(UNHEADED, "We regret the error.")) is None


def report(text: str, outlet: str = "Ridge Daily", published: str = "2023-05-10") -> Article:
    return article("report", text, outlet=outlet, published=published)


@pytest.mark.parametrize(
    ("told", "answer", "retracted"),
    [
        (report("The attack on the mine killed 14 miners."), "14", True),
        (report("The attack on the mine killed 14 miners."), "The attack on the mine", False),
        (report("The attack on the mine wounded 30 miners."), "30", False),
        (report("A flood in Tarn drove 14 families out."), "14", False),
        (report("The attack on the mine killed 14 miners.", outlet="Tarn Post"), "14", False),
        (report("The attack on the mine killed 14 miners.", published="2023-06-02"), "14", False),
    ],
)
def test_a_later_article_of_the_outlet_takes_back_what_has_its_number_and_its_words(
    told: Article, answer: str, retracted: bool
) -> None:
    later = article("later", HEADED, outlet="Ridge Daily", published="2023-05-12")
    whole = Span(0, len(told.text))
    assert is_retracted(told, whole, place(told.text, answer), [told, later]) is retracted


def test_of_a_sentence_that_is_corrected_only_the_number_is_taken_back() -> None:
    told = article("later", HEADED)
    (first, _) = corrections(HEADED)
    for answer, retracted in (("14", True), ("miners", False)):
        assert is_retracted(told, first.published, place(HEADED, answer), [told]) is retracted


def test_a_correction_without_words_of_its_own_takes_back_nothing() -> None:
    text = "**Correction.** We said: —. It is not so, and the harbour is open."
    assert corrections(text) == ()
    told = report("The mine is open.")
    later = article("later", text, outlet="Ridge Daily", published="2023-05-12")
    assert not is_retracted(told, Span(0, 17), place(told.text, "open"), [told, later])


def test_one_word_in_common_takes_back_nothing() -> None:
    text = "**Correction.** We said that the mine closed. It is still at work, the owner says."
    later = article("later", text, outlet="Ridge Daily", published="2023-05-12")
    told = report("The mine has a new owner, Lena Marsh.")
    whole, owner = Span(0, len(told.text)), place(told.text, "Lena Marsh")
    assert corrections(text)
    assert not is_retracted(told, whole, owner, [told, later])


def test_blank_lines_are_passed_over_at_once() -> None:
    start = perf_counter()
    corrections("A mistake." + "\n" * 8000 + "We said that the mine closed.")
    assert perf_counter() - start < 0.5
