"""Turns that are no question about what the articles say, and their answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.embed import Embedder
from ingest.filter import Filter
from rag import AnswerSentence, Assistant
from rag.asides import NOTICES, aside_of, is_foreign
from tests.conftest import ARTICLES, article, make_library, open_library


@pytest.mark.parametrize(
    ("turn", "kind"),
    [
        ("Hello!", "greeting"),
        ("thanks a lot", "thanks"),
        ("What do you know about?", "overview"),
        ("Which articles do you have on the bridge?", "listing"),
        ("Summarise this article", "summary"),
        ("summarize the article about the harvest.", "summary"),
        ("Who says that?", "evidence"),
        ("Where is that from?", "evidence"),
        ("Which article is that?", "evidence"),
        ("Why do you say so?", "evidence"),
        ("Where can I read that?", "evidence"),
        ("tell me more", "summary"),
        ("Can you explain that?", "summary"),
        ("anything about the ferry?", "listing"),
        ("What's new?", "overview"),
        ("Wer hat das gesagt?", "language"),
        ("谁发动了袭击?", "language"),
    ],
)
def test_asides_are_told_apart(turn: str, kind: str) -> None:
    found = aside_of(turn)
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize(
    "question",
    [
        "Who shelled the copper mine at Velm?",
        "When was that?",
        "Who said that the mine was closed?",
        "What do you know about Kabul?",
        "Which articles of the treaty did they break?",
        "Why did Die Zeit close in Hamburg?",
        "And Kabul?",
        "Tell me more about the strike",
        "Did she say anything about the ferry?",
        "And where was it?",
        "Can you explain that delay?",
    ],
)
def test_questions_are_not_taken_for_asides(question: str) -> None:
    assert aside_of(question) is None
    assert not is_foreign(question)


def test_the_catalog_is_listed_with_citations(assistant: Assistant) -> None:
    conversation = assistant.conversation()
    overview = conversation.ask("What do you know about?")
    assert overview.text.startswith("The library holds 3 articles, published from 2022-09-02")
    assert {c.article.source for c in overview.citations} == {a.source for a in ARTICLES}
    bridge = conversation.ask("Which articles do you have on the Tarn bridge?")
    assert [c.article.title for c in bridge.citations] == ["Tarn bridge opens at last"]
    assert bridge.text.startswith("One article speaks of “the Tarn bridge”. It begins like this:")
    one = conversation.ask("What do you know about?", where=Filter(published_to="2022-09-02"))
    assert one.text.startswith("With these filters the library holds one article, published on")
    none = conversation.ask("What do you know about?", where=Filter(published_to="1999"))
    assert none.text == NOTICES["filtered"]
    nothing = conversation.ask("Which articles do you have on volcanoes?")
    assert nothing.text == "No article of the library speaks of “volcanoes”."
    assert not nothing.answered


def test_a_summary_quotes_the_article_that_is_meant(assistant: Assistant) -> None:
    conversation = assistant.conversation()
    assert conversation.ask("Summarise this article").text == NOTICES["no_article"]
    conversation.ask("Who designed the Tarn bridge?")
    summary = conversation.ask("Summarise this article")
    assert {c.article.title for c in summary.citations} == {"Tarn bridge opens at last"}
    assert all(s.text == s.citations[0].quote for s in summary.sentences)
    named = conversation.ask("Summarise the article about the apple harvest")
    assert {c.article.title for c in named.citations} == {"Apple harvest"}


def test_who_says_that_is_answered_from_the_citations(assistant: Assistant) -> None:
    conversation = assistant.conversation()
    assert conversation.ask("Who says that?").text == NOTICES["no_evidence"]
    said = conversation.ask("Who shelled the copper mine at Velm?")
    assert conversation.ask("Who says that?").citations == said.citations
    assert "Ridge Daily" in str(conversation.ask("Where is that from?"))


def test_a_speaker_who_stands_in_the_next_sentence_is_quoted_too(
    tmp_path: Path, embedder: Embedder
) -> None:
    text = "The repairs to the Hale dam cost nine million crowns. So said the mayor, Ada Moss."
    folder = make_library(tmp_path / "library", [article("dam", text)], embedder)
    with open_library(folder, embedder) as library:
        conversation = Assistant(library).conversation()
        said = conversation.ask("How much do the repairs to the Hale dam cost?")
        assert [c.quote for c in said.citations] == [text[:53]]
        evidence = conversation.ask("Says who?")
        assert [c.quote for c in evidence.citations] == [text[:53], text[54:]]
        assert [c.number for c in evidence.citations] == [1, 2]


def test_nothing_leans_on_an_aside(assistant: Assistant) -> None:
    conversation = assistant.conversation()
    conversation.ask("Who designed the Tarn bridge?")
    conversation.ask("Thanks!")
    assert "Pavel Orlik" in (conversation.ask("What did he say?").standalone_question or "")


@pytest.mark.parametrize(
    "question", ["من أعلن مسؤوليته عن الهجوم؟", "Wer hat die Brücke entworfen?"]
)
def test_a_single_question_in_another_language_is_told_so(
    assistant: Assistant, question: str
) -> None:
    answer = assistant.ask(question)
    assert (answer.text, answer.answered, answer.citations) == (NOTICES["language"], False, ())
    *said, whole = assistant.stream(question)
    assert [type(event).__name__ for event in (*said, whole)] == ["SentenceEvent", "AnswerEvent"]


def test_a_notice_cites_nothing() -> None:
    with pytest.raises(ValueError, match="must be cited"):
        AnswerSentence("It burned.", "quote")
    assert AnswerSentence(NOTICES["thanks"], "notice").marks == ""
