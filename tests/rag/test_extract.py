"""Composing: order, number, doubles, denials, and silence below the threshold."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.article import Article, Passage, Span
from ingest.split import split_sentences
from rag.answer import ABSTENTION, Answer, Evidence
from rag.extract import compose
from rag.retrieve import Hit
from tests.conftest import ARTICLES, article

QUESTION = "Who shelled the copper mine at Velm?"


def hit_of(item: Article, number: int = 1) -> Hit:
    sentences = tuple(split_sentences(item.text))
    return Hit(number, item, Passage(Span(0, len(item.text)), sentences), score=0.5)


def evidence(item: Article, quote: str, confidence: float, short: str | None = None) -> Evidence:
    start = item.text.index(quote)
    at = item.text.index(short) if short else 0
    span = Span(at, at + len(short)) if short else None
    return Evidence(item, Span(start, start + len(quote)), confidence, confidence, span)


def answer_to(found: list[Evidence], hits: list[Hit], **options: object) -> Answer:
    return compose(QUESTION, found, hits, **{"threshold": 0.5, **options})  # type: ignore[arg-type]


def quotes(answer: Answer, stance: str = "answer") -> list[str]:
    return [s.text for s in answer.sentences if s.kind == "quote" and s.stance == stance]


CLAIM = "The North Ridge Front said on Tuesday that it had shelled the copper mine at Velm."
TOLL = "The attack killed 14 miners and wounded 30 others."
DENIED = "The governor of Ostrava, Lena Marsh, denied that 14 miners had died."
MINE = ARTICLES[0]


def test_the_answer_is_the_best_sentence_with_its_citation_and_short_answer() -> None:
    answer = answer_to([evidence(MINE, CLAIM, 0.9, "The North Ridge Front")], [hit_of(MINE)])
    assert quotes(answer)[0] == CLAIM
    assert answer.short == "The North Ridge Front"
    assert answer.confidence == 0.9
    (citation,) = answer.sentences[0].citations
    assert MINE.text[citation.start : citation.end] == citation.quote == CLAIM
    assert answer.closest == ()


@pytest.mark.parametrize("confidence", [0.0, 0.3, 0.499])
def test_below_the_threshold_the_answer_is_the_abstention(confidence: float) -> None:
    hits = [hit_of(item, number) for number, item in enumerate(ARTICLES, 1)]
    answer = answer_to([evidence(MINE, CLAIM, confidence, "Velm")], hits)
    assert [(s.text, s.kind, s.citations) for s in answer.sentences] == [
        (ABSTENTION, "abstention", ())
    ]
    assert (answer.short, answer.answered, answer.confidence) == (None, False, confidence)
    assert [c.article for c in answer.closest] == list(ARTICLES)
    assert all(c.article.text[c.start : c.end] == c.quote for c in answer.closest)


def test_without_evidence_or_passages_the_answer_is_the_abstention() -> None:
    for hits in ([], [hit_of(MINE)]):
        answer = answer_to([], hits)
        assert not answer.answered
        assert answer.confidence == 0
        assert len(answer.closest) == len(hits)


def test_at_the_threshold_it_answers() -> None:
    assert answer_to([evidence(MINE, CLAIM, 0.5)], [hit_of(MINE)]).answered


def test_a_denial_next_to_a_claim_stands_with_it_as_a_dispute() -> None:
    answer = answer_to([evidence(MINE, TOLL, 0.9)], [hit_of(MINE)])
    assert quotes(answer) == [TOLL]
    assert quotes(answer, "dispute") == [DENIED]


def test_a_neighbouring_denial_need_not_repeat_the_question() -> None:
    found = [evidence(MINE, TOLL, 0.9)]
    asked = "How many miners did the attack on the mine kill and wound?"
    answer = compose(asked, found, [hit_of(MINE)], threshold=0.5)
    assert quotes(answer, "dispute") == [DENIED]


def test_a_denial_in_another_article_stands_with_the_claim() -> None:
    claim = article("claim", "The Front shelled the copper mine at Velm and killed 14 miners.")
    denial = article("denial", "The Front denied that it had shelled the copper mine at Velm.")
    hits = [hit_of(claim, 1), hit_of(denial, 2)]
    answer = answer_to([evidence(claim, claim.text, 0.9)], hits)
    assert quotes(answer, "dispute") == [denial.text]


def test_a_denial_of_something_else_is_left_out() -> None:
    other = article("other", "A minister in Tarn denied that taxes would rise next year.")
    claim = article("claim", "The Front shelled the copper mine at Velm and killed 14 miners.")
    answer = answer_to([evidence(claim, claim.text, 0.9)], [hit_of(claim), hit_of(other, 2)])
    assert quotes(answer, "dispute") == []


def test_a_denial_about_another_event_is_no_dispute_of_this_one() -> None:
    claim = article("claim", "The Front shelled the copper mine at Velm and killed 14 miners.")
    other = article(
        "other", "The Front said that it had shelled 14 villages in Tarn; the army denied that."
    )
    hits = [hit_of(claim), hit_of(other, 2)]
    answer = answer_to([evidence(claim, claim.text, 0.9)], hits)
    assert quotes(answer, "dispute") == []


def test_a_neighbouring_denial_must_point_back_or_be_about_the_same() -> None:
    claim = "The Front said that it had shelled the copper mine at Velm."
    for denial, disputes in (
        ("The army of the Front's foes denied that claim.", True),
        ("Elsewhere the Front denied reports of a shortage of bread.", False),
    ):
        item = article("pair", f"{claim} {denial}")
        answer = answer_to([evidence(item, claim, 0.9)], [hit_of(item)])
        assert quotes(answer, "dispute") == ([denial] if disputes else [])


def test_a_neighbouring_denial_that_names_places_and_things_of_its_own_is_of_another_matter() -> (
    None
):
    claim = "The Front claimed the attack on the mine at Velm."
    for denial, disputes in (
        ("The Front claimed more attacks, in Ostrava and in Tarn; the army denied that.", False),
        ("The Front claimed more attacks, in Ostrava; the army denied that.", True),
        ("Ines Dahl, of the Ridge Army, denied that claim of the Front.", True),
    ):
        item = article("pair", f"{claim} {denial}")
        answer = answer_to([evidence(item, claim, 0.9)], [hit_of(item)])
        assert quotes(answer, "dispute") == ([denial] if disputes else [])


def test_a_denial_of_a_figure_disputes_only_figures_and_any_denial_something_known() -> None:
    claim, plain = "The Front shelled the mine and killed 14 miners.", "The mine is the Front's."
    for said, denial, disputes in (
        (claim, "The governor of the mine has denied that tally.", True),
        (plain, "The governor of the mine has denied that tally.", False),
        (claim, "The owners of the mine denied that miners had died.", True),
        (claim, "The Front at the mine denied owing taxes.", False),
    ):
        item = article("figure", f"{said} {denial}")
        answer = answer_to([evidence(item, said, 0.9)], [hit_of(item)])
        assert quotes(answer, "dispute") == ([denial] if disputes else [])


def test_a_later_article_that_tells_of_a_reversal_disputes() -> None:
    told = article("told", "The Front won the mine at Velm in a vote.", published="2023-05-10")
    reversal = "A court in Tarn overturned the vote on the mine at Velm."
    asked = "Who won the mine at Velm?"
    for day, disputes in (("2023-06-01", True), ("2023-04-01", False)):
        later = article("later", reversal, published=day)
        hits = [hit_of(told, 1), hit_of(later, 2)]
        answer = compose(asked, [evidence(told, told.text, 0.9)], hits, threshold=0.5)
        assert quotes(answer, "dispute") == ([reversal] if disputes else [])


def test_a_sentence_in_another_language_is_no_further_one() -> None:
    german = article("german", "Die Mine von Velm wurde am Montag beschossen.", language="de")
    found = [evidence(MINE, CLAIM, 0.9), evidence(german, german.text, 0.8)]
    assert quotes(answer_to(found, [hit_of(MINE)])) == [CLAIM]


def test_a_heading_is_no_further_sentence() -> None:
    heading = "## Attacks on mines at Velm"
    item = article("mines", f"{heading}\n\nThe Front shelled the mine.")
    found = [evidence(item, "The Front shelled the mine.", 0.9), evidence(item, heading, 0.8)]
    assert quotes(answer_to(found, [hit_of(item)])) == ["The Front shelled the mine."]


def test_near_duplicates_are_shown_once() -> None:
    twin = replace(MINE, source="/news/twin.txt")
    near = article("near", CLAIM.replace("on Tuesday", "late on Tuesday"))
    found = [
        evidence(MINE, CLAIM, 0.9),
        evidence(twin, CLAIM, 0.89),
        evidence(near, near.text, 0.88),
    ]
    answer = answer_to(found, [hit_of(item, i) for i, item in enumerate([MINE, twin, near], 1)])
    assert quotes(answer) == [CLAIM]


def different(number: int, published: str | None = None) -> Article:
    words = ("copper", "boats", "wind", "apples", "harbour", "taxes")[number]
    text = f"Report {words} says {words} {words}ish number{number} place{number} thing{number}."
    item = article(f"different{number}", text)
    return replace(item, published=published)


@pytest.mark.parametrize("most", [1, 2, 3, 5])
def test_no_more_sentences_than_asked_for(most: int) -> None:
    items = [different(number) for number in range(6)]
    found = [evidence(item, item.text, 0.9) for item in items]
    hits = [hit_of(item, number) for number, item in enumerate(items)]
    assert len(quotes(answer_to(found, hits, max_sentences=most))) == most


def test_the_best_comes_first_and_the_others_newest_first() -> None:
    days = ["2020-01-01", None, "2021-05-05", "2023-03-03"]
    items = [different(number, day) for number, day in enumerate(days)]
    found = [evidence(item, item.text, 0.9) for item in items]
    hits = [hit_of(item, number) for number, item in enumerate(items)]
    answer = answer_to(found, hits, max_sentences=4)
    shown = [s.citations[0].article.published for s in answer.sentences]
    assert shown == ["2020-01-01", "2023-03-03", "2021-05-05", None]


def test_much_weaker_evidence_is_left_out() -> None:
    strong, weak = different(0), different(1)
    found = [evidence(strong, strong.text, 0.95), evidence(weak, weak.text, 0.4)]
    assert quotes(answer_to(found, [hit_of(strong), hit_of(weak, 2)])) == [strong.text]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.floats(0, 1)), max_size=8),
    st.integers(1, 4),
    st.floats(0, 1),
)
def test_whatever_the_evidence_every_sentence_is_cited_and_numbers_run_from_one(
    drawn: list[tuple[int, float]], most: int, threshold: float
) -> None:
    items = [*ARTICLES, *(different(number) for number in range(3))]
    found = [
        Evidence(items[number], split_sentences(items[number].text)[0], confidence, confidence)
        for number, confidence in sorted(drawn, key=lambda pair: -pair[1])
    ]
    hits = [hit_of(item, number) for number, item in enumerate(items)]
    answer = answer_to(found, hits, threshold=threshold, max_sentences=most)
    assert answer.answered == bool(found and found[0].confidence >= threshold)
    assert [c.number for c in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert len(quotes(answer)) <= most
    assert len({s.text for s in answer.sentences}) == len(answer.sentences)
    for sentence in answer.sentences:
        if sentence.kind == "quote":
            assert [c.quote for c in sentence.citations] == [sentence.text]


TABLE = article(
    "table",
    "Losses at sea.\n\n| year | dead |\n|------|------|\n| 2020 | 9 |\n| 2021 | 14 |\n\nNo more.",
)
OLD, NEW, HEADER = "| 2020 | 9 |", "| 2021 | 14 |", "| year | dead |"


def test_a_table_row_is_followed_by_the_row_that_names_its_columns() -> None:
    answer = answer_to([evidence(TABLE, NEW, 0.9, "14")], [hit_of(TABLE)])
    assert quotes(answer) == [NEW, HEADER]
    both = [evidence(TABLE, NEW, 0.9), evidence(MINE, CLAIM, 0.8), evidence(TABLE, OLD, 0.7)]
    assert quotes(answer_to(both, [hit_of(TABLE), hit_of(MINE)])).count(HEADER) == 1


def test_the_first_row_and_what_is_no_table_stand_alone() -> None:
    for alone in (HEADER, "No more.", "Losses at sea."):
        assert quotes(answer_to([evidence(TABLE, alone, 0.9)], [hit_of(TABLE)])) == [alone]


def test_a_table_ends_where_a_line_is_no_row() -> None:
    item = article("two", "| a | b |\n| 1 | 2 |\nThen:\n| c | d |\n  | 3 | 4 |")
    answer = answer_to([evidence(item, "| 3 | 4 |", 0.9)], [hit_of(item)])
    assert quotes(answer) == ["| 3 | 4 |", "| c | d |"]


def test_what_sets_right_stands_with_what_it_takes_back() -> None:
    wrong, right = "We wrote that 14 miners had died.", "The correct number is nine."
    item = article("corrected", f"The mine is open. {wrong} {right}")
    for first, second in ((right, wrong), (wrong, right)):
        assert quotes(answer_to([evidence(item, first, 0.9)], [hit_of(item)])) == [first, second]


def test_the_short_answer_is_without_markdowns_signs() -> None:
    item = article("signs", "It was built by **Pavel Orlik** of [Tarn](https://tarn.example).")
    short = "**Pavel Orlik** of [Tarn](https://tarn.example)"
    answer = answer_to([evidence(item, item.text, 0.9, short)], [hit_of(item)])
    assert answer.short == "Pavel Orlik of Tarn"
    assert quotes(answer) == [item.text]
