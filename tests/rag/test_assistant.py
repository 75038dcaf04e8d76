"""The assistant: one door, every way of asking the same answer, errors that help."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingest.embed import DEFAULT_MODEL, Embedder
from rag import (
    Answer,
    AnswerEvent,
    Assistant,
    Filter,
    GroundwireError,
    LibraryError,
    QuestionError,
    SentenceEvent,
)
from rag.assistant import MOST_QUESTION_CHARACTERS
from tests.conftest import ARTICLES, make_library, open_library

CLAIMED = "Who shelled the copper mine at Velm?"
QUESTIONS = (
    CLAIMED,
    "How much did the Tarn bridge cost?",
    "Who designed the bridge?",
    "What is the population of Kabul?",
)


def timeless(answer: Answer) -> Answer:
    return replace(answer, timings_ms={})


def test_an_answer_quotes_the_article_and_says_what_made_it(assistant: Assistant) -> None:
    answer = assistant.ask(CLAIMED)
    assert answer.answered
    first = answer.citations[0]
    assert first.article == ARTICLES[0]
    assert "North Ridge Front" in first.quote
    assert answer.question == CLAIMED
    assert answer.engine["embedding"] == DEFAULT_MODEL
    assert answer.engine["reader"]
    assert answer.timings_ms["total"] >= answer.timings_ms["retrieve"] > 0


def test_the_short_answer_stands_in_the_first_sentence(assistant: Assistant) -> None:
    for question in QUESTIONS[:3]:
        answer = assistant.ask(question)
        assert answer.short is None or answer.short in answer.sentences[0].text


def test_opening_a_folder_and_asking_as_the_readme_says(library_folder: Path) -> None:
    with Assistant.open(library_folder, max_sentences=1) as assistant:
        answer = assistant.ask(CLAIMED)
    assert len([s for s in answer.sentences if s.stance == "answer"]) == 1
    assert "[1]" in str(answer)
    with Assistant.open(str(library_folder), threshold=1.1) as assistant:
        assert not assistant.ask(CLAIMED).answered


async def test_every_way_of_asking_gives_the_same_answer(assistant: Assistant) -> None:
    for question in QUESTIONS:
        answer = timeless(assistant.ask(question))
        assert timeless(await assistant.aask(question)) == answer
        for events in (
            list(assistant.stream(question)),
            [event async for event in assistant.astream(question)],
        ):
            *sentences, last = events
            assert isinstance(last, AnswerEvent)
            assert timeless(last.answer) == answer
            assert sentences == [SentenceEvent(sentence) for sentence in answer.sentences]


async def test_asking_does_not_block_the_event_loop(assistant: Assistant) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    await assistant.aask(CLAIMED)
    ticking.cancel()
    assert ticks > 2


def test_eight_threads_share_one_assistant(assistant: Assistant) -> None:
    expected = [timeless(assistant.ask(question)) for question in QUESTIONS]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(assistant.ask, QUESTIONS * 3))
    assert [timeless(answer) for answer in answers] == expected * 3


def test_eight_threads_may_be_the_first_to_ask(library_folder: Path) -> None:
    with Assistant.open(library_folder) as assistant, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(assistant.ask, [CLAIMED] * 8))
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].answered


async def test_tasks_share_one_assistant(assistant: Assistant) -> None:
    answers = await asyncio.gather(*(assistant.aask(question) for question in QUESTIONS * 2))
    assert [a.text for a in answers[:4]] == [a.text for a in answers[4:]]


def test_filters_choose_who_may_answer(assistant: Assistant) -> None:
    allowed = assistant.ask(CLAIMED, where=Filter(author="Ines Dahl"))
    assert {c.article.author for c in allowed.citations} == {"Ines Dahl"}
    for where in (Filter(source="Tarn Post"), Filter(published_to="2022"), Filter(author="nobody")):
        answer = assistant.ask(CLAIMED, where=where)
        assert ARTICLES[0] not in [c.article for c in (*answer.citations, *answer.closest)]
    nothing = assistant.ask(CLAIMED, where=Filter(author="nobody"))
    assert (nothing.answered, nothing.closest) == (False, ())


def test_search_gives_the_passages_without_reading(assistant: Assistant) -> None:
    hits = assistant.search(CLAIMED, limit=2)
    assert len(hits) == 2
    assert hits[0].article == ARTICLES[0]
    assert assistant.search(CLAIMED, where=Filter(author="nobody")) == []


@pytest.mark.parametrize("question", ["", " ", "\n\t", "\x00", "\ufeff", "\ud800"])
async def test_an_empty_question_is_an_error_with_a_remedy(
    assistant: Assistant, question: str
) -> None:
    with pytest.raises(QuestionError, match=r"The question is empty. Write what you want to know."):
        assistant.ask(question)
    with pytest.raises(QuestionError):
        assistant.search(question)
    with pytest.raises(QuestionError):
        await assistant.aask(question)
    with pytest.raises(QuestionError):
        list(assistant.stream(question))
    with pytest.raises(QuestionError):
        _ = [event async for event in assistant.astream(question)]


def test_a_question_that_is_too_long_is_an_error_with_a_remedy(assistant: Assistant) -> None:
    assert assistant.ask("w" * MOST_QUESTION_CHARACTERS)
    with pytest.raises(QuestionError, match=r"has 20,001 characters. Use at most 20,000."):
        assistant.ask("w" * (MOST_QUESTION_CHARACTERS + 1))


@pytest.mark.parametrize(
    "question",
    [
        "Who shelled \ud83d the mine\x00 at Velm?",
        "  Who\r\nshelled\tthe mine  at Velm? ",
        "WHO SHELLED THE MINE AT VELM",
        'NEAR(mine, velm) AND OR NOT "',
        "👩‍👩‍👧‍👦",
        "谁炮击了铜矿？",
        "e\u0301" * 2_000,
        "who " * 4_000,
        "'; DROP TABLE articles; --",
    ],
    ids=lambda q: ascii(q[:20]),
)
def test_any_question_gets_an_answer_or_the_abstention(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.sentences
    assert "\n" not in answer.question
    answer.question.encode()


def test_an_empty_library_does_not_say(tmp_path: Path) -> None:
    with Assistant(open_library(make_library(tmp_path))) as assistant:
        answer = assistant.ask(CLAIMED)
    assert str(answer) == "The articles do not say."


def test_no_library_is_an_error_of_the_one_base_class(tmp_path: Path) -> None:
    with pytest.raises(LibraryError) as error:
        Assistant.open(tmp_path / "nowhere")
    assert isinstance(error.value, GroundwireError)
    assert error.value.remedy
    assert str(error.value) == f"{error.value.message} {error.value.remedy}"


def test_an_unknown_option_is_a_mistake_of_the_program(library_folder: Path) -> None:
    options: dict[str, Any] = {"max_sentence": 3}
    with pytest.raises(TypeError, match="max_sentence"):
        Assistant.open(library_folder, **options)


def test_threads_that_still_ask_a_closed_assistant_end_with_one_clear_error(
    library_folder: Path, embedder: Embedder
) -> None:
    assistant = Assistant(open_library(library_folder, embedder))
    first = assistant.ask(CLAIMED)

    def keep_asking() -> str:
        try:
            while True:
                assert timeless(assistant.ask(CLAIMED)) == timeless(first)
        except LibraryError as error:
            return str(error)

    with ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(keep_asking) for _ in range(3)]
        with assistant:
            time.sleep(0.5)
        ended = {future.result() for future in asking}
    assert ended == {f"The library {str(library_folder)!r} was closed. Open it again."}
    assistant.close()  # once more does no harm
