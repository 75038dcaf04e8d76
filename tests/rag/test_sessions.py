"""Conversations are kept: across restarts, for threads and processes, with citations that hold."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag import Answer, AnswerSentence, Assistant, Citation, ConversationError, Conversations
from rag.turns import Turn
from tests.conftest import ROOT, article, environment, python

CLAIMED = "Who shelled the copper mine at Velm?"
DESIGNED = "Who designed the Tarn bridge?"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "conversations.sqlite"


def test_a_conversation_survives_a_restart_with_the_same_answers(
    assistant: Assistant, path: Path
) -> None:
    with Conversations.open(path) as store:
        conversation = assistant.conversation(store=store)
        answers = [conversation.ask(CLAIMED), conversation.ask("What is the GDP of Peru?")]
        identifier = conversation.id
    with Conversations.open(path) as store:
        again = assistant.conversation(identifier, store=store)
        assert [turn.question for turn in again.turns] == [CLAIMED, "What is the GDP of Peru?"]
        assert [turn.answer.json() for turn in again.turns] == [a.json() for a in answers]
        assert again.turns[0].focus == tuple(
            dict.fromkeys(c.article.id for c in answers[0].citations)
        )
        assert again.title == CLAIMED
        assert all(turn.asked_at.endswith("+00:00") for turn in again.turns)


def test_a_citation_holds_though_its_article_is_gone(assistant: Assistant, path: Path) -> None:
    """What is stored needs no library."""
    with Conversations.open(path) as store:
        conversation = assistant.conversation(store=store)
        cited = conversation.ask(CLAIMED).citations[0]
        [turn] = store.turns(conversation.id).values()
        found = turn.answer.citations[0]
        assert found.article.text[found.start : found.end] == found.quote == cited.quote
        assert found.version == cited.version


def test_conversations_are_listed_renamed_and_deleted(assistant: Assistant, path: Path) -> None:
    with Conversations.open(path) as store:
        first, second = (assistant.conversation(store=store) for _ in range(2))
        first.ask(CLAIMED)
        second.ask(DESIGNED)
        assert [info.id for info in store.list()] == [second.id, first.id]
        store.rename(first.id, " The  mine ")
        assert store.get(first.id).title == first.title == "The mine"
        first.ask(DESIGNED)
        assert [(i.title, i.turns) for i in store.list()] == [("The mine", 2), (DESIGNED, 1)]
        store.delete(first.id)
        assert [info.id for info in store.list()] == [second.id]
        assert store.turns(first.id) == {}


def test_nothing_of_a_deleted_conversation_stays_in_the_tables(
    assistant: Assistant, path: Path
) -> None:
    with Conversations.open(path) as store:
        conversation = assistant.conversation(store=store)
        conversation.ask(CLAIMED)
        store.rate(conversation.id, 1, True, "good")
        store.delete(conversation.id)
        with sqlite3.connect(path) as connection:
            for table in ("conversations", "turns", "texts", "cited", "ratings"):
                assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


@pytest.mark.parametrize("call", ["get", "delete", "export", "rename", "rate", "conversation"])
def test_what_is_not_there_is_an_error_with_a_remedy(
    call: str, assistant: Assistant, path: Path
) -> None:
    with Conversations.open(path) as store:
        calls = {
            "get": lambda: store.get("none"),
            "delete": lambda: store.delete("none"),
            "export": lambda: store.export("none"),
            "rename": lambda: store.rename("none", "x"),
            "rate": lambda: store.rate("none", 1, True, None),
            "conversation": lambda: assistant.conversation("none", store=store),
        }
        with pytest.raises(ConversationError) as raised:
            calls[call]()
        assert raised.value.remedy


def test_a_rating_replaces_the_one_before_and_goes_with_its_turn(
    assistant: Assistant, path: Path
) -> None:
    with Conversations.open(path) as store:
        conversation = assistant.conversation(store=store)
        conversation.ask(CLAIMED)
        store.rate(conversation.id, 1, True)
        store.rate(conversation.id, 1, False, "Which mine?")
        rating = store.ratings(conversation.id)[1]
        assert (rating.up, rating.remark) == (False, "Which mine?")
        exported = json.loads(store.export(conversation.id, "json"))
        assert exported["turns"][0]["rating"]["remark"] == "Which mine?"
        conversation.forget_last()
        conversation.ask(DESIGNED)
        assert store.ratings(conversation.id) == {}


def test_an_export_has_every_question_quote_and_source(assistant: Assistant, path: Path) -> None:
    with Conversations.open(path) as store:
        conversation = assistant.conversation(store=store)
        answer = conversation.ask(CLAIMED)
        conversation.ask("Who <b>shelled</b> the mine at *Velm*?")
        markdown, page, whole = (
            store.export(conversation.id, name) for name in ("markdown", "html", "json")
        )
    quote = answer.citations[0].quote
    assert quote in markdown
    assert quote in page
    assert json.loads(whole)["turns"][0]["answer"] == answer.json()
    assert "<b>" not in page
    assert "\\*Velm\\*" in markdown
    assert "ridge-daily.example/velm" in markdown


def test_an_export_calls_an_article_without_a_title_by_its_file(path: Path) -> None:
    mine = article("velm", "The mine at Velm was shelled.")
    cited = Citation(1, mine, 0, len(mine.text), mine.text)
    answer = Answer("What was shelled?", (AnswerSentence(mine.text, "quote", (cited,)),), 0.9)
    with Conversations.open(path) as store:
        store.append("one", Turn.of(answer))
        markdown = store.export("one")
    assert " velm.txt – /news/velm.txt, characters 0-29" in markdown


def test_only_the_last_turns_are_kept(assistant: Assistant, path: Path) -> None:
    with Conversations.open(path, kept_turns=2) as store:
        conversation = assistant.conversation(store=store)
        for question in (CLAIMED, DESIGNED, CLAIMED):
            conversation.ask(question)
        assert [turn.question for turn in conversation.turns] == [DESIGNED, CLAIMED]
        assert list(store.turns(conversation.id)) == [2, 3]
    in_memory = assistant.conversation(kept_turns=2)
    for question in (CLAIMED, DESIGNED, CLAIMED):
        in_memory.ask(question)
    assert [turn.question for turn in in_memory.turns] == [DESIGNED, CLAIMED]


def test_forgetting_the_last_turn_leaves_those_before(assistant: Assistant, path: Path) -> None:
    with Conversations.open(path) as store:
        for conversation in (assistant.conversation(), assistant.conversation(store=store)):
            conversation.forget_last()
            conversation.ask(CLAIMED)
            conversation.ask(DESIGNED)
            conversation.forget_last()
            assert [turn.question for turn in conversation.turns] == [CLAIMED]


def test_threads_lose_no_turn(assistant: Assistant, path: Path) -> None:
    answer = assistant.ask(CLAIMED)
    with Conversations.open(path) as store, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store.append("shared", Turn.of(answer)), range(40)))
        assert list(store.turns("shared")) == list(range(1, 41))


def test_processes_lose_no_turn_and_see_each_other(assistant: Assistant, path: Path) -> None:
    answer = assistant.ask(CLAIMED)
    with Conversations.open(path) as store:
        conversation = assistant.conversation(store=store)
        conversation.ask(CLAIMED)
        code = (
            "import sys\nfrom rag.sessions import Conversations\n"
            "with Conversations.open(sys.argv[1]) as store:\n"
            "    turn = store.turns(sys.argv[2])[1]\n"
            "    for _ in range(15): store.append(sys.argv[2], turn)\n"
        )
        command = python(code, path, conversation.id)
        processes = [
            subprocess.Popen(command, env=environment(), cwd=ROOT)  # no wait between them
            for _ in range(3)
        ]
        for _ in range(15):
            store.append(conversation.id, Turn.of(answer))
        assert [process.wait() for process in processes] == [0, 0, 0]
        assert len(conversation.turns) == 1 + 4 * 15
        assert list(store.turns(conversation.id)) == list(range(1, 62))


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "conversations.sqlite"
    file.write_text("This is no database, but a text that is long enough to be taken for one.")
    with pytest.raises(ConversationError, match="cannot be used") as raised:
        Conversations.open(file)
    assert str(file) in str(raised.value)


def test_a_database_of_another_format_is_refused(path: Path) -> None:
    with Conversations.open(path), sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(ConversationError, match="format 99"):
        Conversations.open(path)
