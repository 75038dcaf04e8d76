"""The desk: many askers, one library, and what stops when nobody waits for it any more."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from ingest.errors import UnknownArticle
from ingest.filter import Filter
from ingest.library import Library
from rag.answer import ABSTENTION, Answer, AnswerSentence
from rag.assistant import AnswerEvent, Assistant, Event, SentenceEvent
from rag.request import Stopped
from tests.conftest import ARTICLES, WordEmbedder, article, make_library, open_library
from tests.language_models import QueuedLLM
from ui.settings import Settings
from ui.web.desk import Desk, TookTooLong

SILENCE = AnswerSentence(ABSTENTION, "abstention")


class Talker:
    """An asker that says one sentence after the other until nobody listens."""

    def __init__(self) -> None:
        self.said = 0
        self.stop: threading.Event | None = None
        self.ended = threading.Event()

    def stream(
        self,
        question: str,
        *,
        where: Filter | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Event]:
        self.stop = stop
        try:
            while self.said < 200:
                self.said += 1
                time.sleep(0.02)
                yield SentenceEvent(SILENCE)
            yield AnswerEvent(Answer(question, (SILENCE,), 0.0))
        finally:
            self.ended.set()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with a library of its own."""
    folder = make_library(tmp_path / "library", ARTICLES)
    settings = Settings(library=folder, concurrent_asks=1, ask_timeout_s=1, reader="none")
    opened = Desk(Assistant(open_library(folder), reader="none"), settings)
    yield opened
    opened.close()


async def test_whoever_stops_listening_stops_the_work(desk: Desk) -> None:
    talker = Talker()
    async with aclosing(desk.stream("Well?", asker=talker)) as events:
        async for _ in events:
            break
    await asyncio.sleep(0.2)
    said = talker.said
    assert said < 20
    await asyncio.sleep(0.2)
    assert (talker.said, desk.running) == (said, 0)
    assert talker.stop
    assert talker.stop.is_set()


def test_an_answer_that_is_stopped_while_a_model_writes_it_is_not_kept(library: Library) -> None:
    stop = threading.Event()

    def last_words(_: str) -> str:
        stop.set()
        return "The engineer Pavel Orlik designed the bridge. [1]"

    assistant = Assistant(library, llm=QueuedLLM(replies=[last_words]))
    conversation = assistant.conversation()
    with pytest.raises(Stopped):
        list(conversation.stream("Who designed the Tarn bridge?", stop=stop))
    assert conversation.turns == ()


async def test_a_late_answer_stops_the_work_and_frees_the_place(desk: Desk) -> None:
    talker = Talker()
    with pytest.raises(TookTooLong, match="within 1 seconds"):
        await desk.ask("Well?", asker=talker)
    await asyncio.sleep(0.2)
    assert (desk.running, desk.waiting) == (0, 0)
    assert talker.said < 100


def test_a_language_model_has_its_own_time_besides(tmp_path: Path) -> None:
    folder = make_library(tmp_path / "library", ARTICLES)
    settings = Settings(library=folder, ask_timeout_s=5, llm_timeout_s=30)
    for llm, seconds in ((None, 5), (QueuedLLM(), 35)):
        opened = Desk(Assistant(open_library(folder), reader="none", llm=llm), settings)
        assert opened.patience_s == seconds
        opened.close()


async def test_what_is_added_and_removed_counts_at_once(desk: Desk) -> None:
    desk.library.embedder = WordEmbedder()
    report = await desk.write(desk.add_upload, "sund.txt", b"The harbour of Sund has 12 cranes.")
    (source,) = report.added
    (found,) = await desk.read(desk.articles, "sund")
    assert found.source == source
    hits = await desk.search("How many cranes has the harbour of Sund?", limit=1)
    assert hits[0].article.source == source
    await desk.write(desk.remove, found.id)
    assert await desk.read(desk.articles, "sund") == []
    with pytest.raises(UnknownArticle):
        await desk.write(desk.remove, found.id)


async def test_what_another_process_adds_is_found(desk: Desk) -> None:
    await desk.search("Sund", limit=1)
    make_library(desk.settings.library, [article("sund", "Sund has twelve cranes.")])
    desk.library.refresh()
    (hit,) = await desk.search("twelve cranes of Sund", limit=1)
    assert hit.article.source == "/news/sund.txt"


def test_a_desk_opens_an_empty_library_where_there_is_none(tmp_path: Path) -> None:
    desk = Desk.open(Settings(library=tmp_path / "new"))
    try:
        assert desk.articles() == []
    finally:
        desk.close()
