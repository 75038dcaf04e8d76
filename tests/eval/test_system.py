"""Groundwire as a system under test: what it says holds, what it holds back is known."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from eval.system import AssistantSystem, reply_from_json
from ingest.article import Article
from ingest.errors import UnknownArticle
from ingest.library import Library
from rag.assistant import Assistant
from tests.conftest import ARTICLES
from tests.language_models import QueuedLLM

QUESTION = "Who designed the Tarn bridge?"


@pytest.fixture
def texts(library: Library) -> dict[str, str]:
    return {e.source: library.article(e.id).text for e in library.entries()}


def test_a_reply_says_what_the_assistant_says(assistant: Assistant, texts: dict[str, str]) -> None:
    answer, reply = assistant.ask(QUESTION), AssistantSystem(assistant).ask(QUESTION)
    assert (reply.text, reply.short, reply.answered) == (answer.text, answer.short, answer.answered)
    assert reply.confidence == answer.confidence
    assert reply.answered
    assert reply.citations
    assert all(texts[c.article][c.start : c.end] == c.quote for c in reply.citations)
    assert reply.latency_s > 0
    assert reply.tokens > 5
    assert reply.unsaid is None


def test_beside_an_abstention_stands_what_was_held_back(library: Library) -> None:
    said = AssistantSystem(Assistant(library, threshold=0.0)).ask(QUESTION)
    reply = AssistantSystem(Assistant(library, threshold=1.1)).ask(QUESTION)
    assert not reply.answered
    assert reply.unsaid is not None
    assert (reply.unsaid.text, reply.unsaid.citations) == (said.text, said.citations)
    assert reply.confidence == said.confidence


def test_the_passages_of_a_question_that_asks_two_things_are_those_of_both(
    library: Library,
) -> None:
    system = AssistantSystem(Assistant(library, passages=1))
    given = [
        system.ask(question).given
        for question in (
            "Who designed the Tarn bridge?",
            "Who shelled the copper mine at Velm?",
            "Who designed the Tarn bridge, and who shelled the copper mine at Velm?",
        )
    ]
    bridge, mine, both = (found or () for found in given)
    assert len(both) == 2
    assert both == (*bridge, *mine)


def test_with_a_context_nothing_else_is_read(assistant: Assistant, texts: dict[str, str]) -> None:
    mine = ARTICLES[0]
    reply = AssistantSystem(assistant).ask(QUESTION, [mine])
    said = reply if reply.answered else reply.unsaid
    assert said is not None
    assert {citation.article for citation in said.citations} == {mine.source}
    assert all(texts[c.article][c.start : c.end] == c.quote for c in said.citations)


def test_a_context_that_the_library_lacks_is_an_error(assistant: Assistant) -> None:
    stranger = Article(source="stranger", text="Rosa Vint designed the Tarn bridge.")
    with pytest.raises(UnknownArticle):
        AssistantSystem(assistant).ask(QUESTION, [ARTICLES[0], stranger])


def test_a_search_gives_passages_best_first(assistant: Assistant, texts: dict[str, str]) -> None:
    found = AssistantSystem(assistant).search(QUESTION, 2)
    assert found is not None
    assert len(found) == 2
    assert found[0].article.endswith("bridge.txt")
    assert "Pavel Orlik" in texts[found[0].article][found[0].start : found[0].end]


def test_settings_name_what_shapes_the_answers(library: Library) -> None:
    settings = AssistantSystem(Assistant(library, threshold=0.25, passages=7)).settings()
    assert settings["threshold"] == "0.25"
    assert settings["passages"] == "7"
    assert settings["embedding"] == "all-MiniLM-L6-v2"
    assert settings["reader"]


def test_what_became_of_a_models_sentences_is_in_the_reply(library: Library) -> None:
    designed = "Pavel Orlik, the engineer, designed the bridge."
    llm = QueuedLLM(replies=[f"{designed} [1]\nThe sea is green and deep."])
    system = AssistantSystem(Assistant(library, llm=llm))
    reply = system.ask(QUESTION)
    assert reply.wording is not None
    [sentence] = reply.wording.shown
    assert sentence.text == designed
    assert sentence.quotes == ("The engineer Pavel Orlik designed the bridge.",)
    assert (reply.wording.replaced, reply.wording.dropped) == (0, 1)
    assert reply_from_json(json.loads(json.dumps(asdict(reply)))) == reply
    assert system.settings()["llm"] == "custom_llm queue"
