"""A conversation: every way of asking keeps the turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from ingest.embed import Embedder
from rag import AnswerEvent, Assistant, Filter, SentenceEvent
from tests.conftest import ARTICLES, article, make_library, open_library

CLAIMED = "Who shelled the copper mine at Velm?"


async def test_every_way_of_asking_keeps_one_turn(assistant: Assistant) -> None:
    conversation = assistant.conversation()
    answer = conversation.ask(CLAIMED)
    streamed = list(conversation.stream(CLAIMED))
    other = await conversation.aask(CLAIMED)
    events = [event async for event in conversation.astream(CLAIMED)]
    assert len(conversation.turns) == 4
    for sequence in (streamed, events):
        *sentences, last = sequence
        assert isinstance(last, AnswerEvent)
        assert last.answer.sentences == answer.sentences == other.sentences
        assert sentences == [SentenceEvent(sentence) for sentence in answer.sentences]
    assert [turn.answer.sentences for turn in conversation.turns] == [answer.sentences] * 4


def test_a_follow_up_is_answered_and_says_what_was_asked(assistant: Assistant) -> None:
    conversation = assistant.conversation()
    assert conversation.ask("Who designed the Tarn bridge?").standalone_question is None
    answer = conversation.ask("What did he say?")
    assert answer.question == "What did he say?"
    assert "Pavel Orlik" in (answer.standalone_question or "")
    assert "wind had delayed" in answer.text
    assert answer.timings_ms["understand"] < answer.timings_ms["total"]


def test_where_nothing_answers_the_typed_words_are_read_in_what_was_spoken_of(
    tmp_path: Path, embedder: Embedder
) -> None:
    theft = article(
        "bell",
        "The carpenter Anders Volk was held on Monday over the theft of the Hale bell. Police"
        " searched the workshop in Mill Lane that Mr Volk has rented since March.\n\n"
        "A neighbour said that lights were on in the yard until late. The church has offered 600"
        " crowns.\n\n"
        "Neither the vicar nor the sexton heard anything. His landlady, Mrs Edda Crane, said she"
        " had never had a quieter tenant.",
    )
    folder = make_library(tmp_path / "library", (*ARTICLES, theft), embedder)
    with open_library(folder, embedder) as library:
        conversation = Assistant(library, threshold=0.82).conversation()
        conversation.ask("Which carpenter was held over the theft of the Hale bell?")
        understood = conversation.understand("Who is his landlady?")
        assert understood.question == "Who is Anders Volk’s landlady?"
        assert conversation.ask("Who is his landlady?").short == "Mrs Edda Crane"
        of_others = replace(understood.background, articles=(ARTICLES[0].id,))
        asked = Assistant(library, threshold=0.82).ask(understood.question, background=of_others)
        assert not asked.answered


def test_outside_turns_are_leaned_on(assistant: Assistant) -> None:
    conversation = assistant.conversation(
        history=[("Who designed the Tarn bridge?", "The engineer Pavel Orlik.")]
    )
    assert "Pavel Orlik" in conversation.understand("What did he say?").question
    assert conversation.turns == ()


def test_a_question_leans_on_no_more_than_is_remembered(assistant: Assistant) -> None:
    conversation = assistant.conversation(memory=1)
    conversation.ask("Who designed the Tarn bridge?")
    conversation.ask("How many people does the mine at Velm employ?")
    assert "Orlik" not in conversation.understand("What did he say?").question


def test_yesterday_counts_from_today_and_asks_no_older_article(assistant: Assistant) -> None:
    conversation = assistant.conversation(today=date(2023, 5, 10))
    asked = "Who shelled the copper mine at Velm yesterday?"
    assert conversation.ask(asked).standalone_question == (
        "Who shelled the copper mine at Velm yesterday (9 May 2023)?"
    )
    assert conversation.turns[-1].answer.answered
    later = assistant.conversation(today=date(2024, 5, 10))
    assert not later.ask(asked).answered


def test_no_article_from_after_a_given_today_tells_of_yesterday(assistant: Assistant) -> None:
    earlier = assistant.conversation(today=date(2023, 5, 9))
    asked = "Who shelled the copper mine at Velm yesterday?"
    assert not earlier.ask(asked).answered
    assert not earlier.ask(asked, where=Filter(published_to="2023")).answered
    assert earlier.ask("Who shelled the copper mine at Velm?").answered
    on_the_day = assistant.conversation(today=date(2023, 5, 10))
    assert on_the_day.ask(asked, where=Filter(published_to="2023-05")).answered
    assert not on_the_day.ask(asked, where=Filter(published_to="2023-05-09")).answered


def test_the_days_of_a_quote_count_from_its_article(assistant: Assistant) -> None:
    assert assistant.ask(CLAIMED).dates["on Tuesday"] == "2023-05-09"


def test_pleasantries_are_not_remembered_instead_of_questions(assistant: Assistant) -> None:
    conversation = assistant.conversation(memory=2)
    conversation.ask("Who designed the Tarn bridge?")
    for _ in range(3):
        conversation.ask("Thanks!")
    assert "Pavel Orlik" in conversation.understand("What did he say?").question


def test_marks_alone_ask_nothing(assistant: Assistant) -> None:
    conversation = assistant.conversation()
    conversation.ask("Who designed the Tarn bridge?")
    assert conversation.ask("?").standalone_question is None
    assert not conversation.turns[-1].answer.answered


def test_thanks_do_not_hide_what_was_answered(assistant: Assistant) -> None:
    conversation = assistant.conversation()
    quotes = [s.text for s in conversation.ask(CLAIMED).sentences]
    conversation.ask("Thanks!")
    assert [s.text for s in conversation.ask("Who says that?").sentences] == quotes
