"""The desk: what the page, the HTTP API and the MCP server share in one running process."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, ParamSpec, Protocol, Self, TypeVar

from ingest.article import Article
from ingest.catalog import ArticleEntry
from ingest.errors import GroundwireError
from ingest.fetch import FetchLimits, fetch
from ingest.filter import Filter, folded
from ingest.library import Library, LibraryWriter
from ingest.manifest import is_library
from ingest.pipeline import OnProgress, Report, add_document
from ingest.sources import upload
from rag.answer import Answer
from rag.assistant import AnswerEvent, Assistant, Event
from rag.retrieve import Hit
from rag.sessions import Conversations
from ui.settings import Settings
from ui.web.work import Work

_LOCK_TIMEOUT_S = 10.0
_REFRESH_S = 5.0
_READERS = 4
_BYTES_PER_MB = 1024 * 1024
P = ParamSpec("P")
T = TypeVar("T")


class Busy(GroundwireError):
    """More questions wait than the server takes on."""

    retryable = True


class TookTooLong(GroundwireError):
    """An answer that was not there in time."""

    retryable = True


class Asker(Protocol):
    """What answers a question in steps: an assistant, or a conversation with it."""

    def stream(
        self,
        question: str,
        *,
        where: Filter | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Event]:
        """Each sentence when it has passed, then the whole answer; `stop` ends it early."""


class Desk:
    """One library opened for many: asks side by side, writes one after the other.

    What is asynchronous belongs to one event loop and never blocks it; what is not blocks, and
    may be called from any thread. `settings.concurrent_asks` questions are answered at the same
    time, and `settings.waiting_asks` more wait for their turn.
    """

    def __init__(self, assistant: Assistant, settings: Settings) -> None:
        self.assistant = assistant
        self.settings = settings
        self.running = 0
        self.waiting = 0
        self._turns = asyncio.Semaphore(settings.concurrent_asks)
        self._asking = ThreadPoolExecutor(settings.concurrent_asks, "ask")
        self._reading = ThreadPoolExecutor(_READERS, "read")
        self._writing = ThreadPoolExecutor(1, "write")
        self._refreshed = time.monotonic()

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """A desk for the library that the settings name, which is made if there is none."""
        from ui.ingest_command import manifest_for

        if not is_library(settings.library):
            LibraryWriter.open(settings.library, manifest_for(settings)).close()
        assistant = Assistant.open(settings.library, **settings.answering())
        return cls(assistant, settings)

    def close(self) -> None:
        """Let the work in hand end, and let go of the library."""
        for threads in (self._asking, self._reading, self._writing):
            threads.shutdown(cancel_futures=True)
        if "conversations" in self.__dict__:
            self.conversations.close()
        self.assistant.close()

    @cached_property
    def conversations(self) -> Conversations:
        """The conversations and the feedback; made at the first use.

        `desk.assistant.conversation(id, store=desk.conversations)` is an asker for `stream`.
        """
        return Conversations.open(self.settings.conversations)

    @property
    def library(self) -> Library:
        """The library, for reading."""
        return self.assistant.library

    # Asking

    @property
    def patience_s(self) -> float:
        """How long an answer may take: a language model has its own time besides, after which the
        quotes stand in its place."""
        writing = self.settings.llm_timeout_s if self.assistant.writer else 0
        return self.settings.ask_timeout_s + writing

    async def ask(
        self, question: str, *, where: Filter | None = None, asker: Asker | None = None
    ) -> Answer:
        """The cited answer. Raises as `stream` does."""
        async with contextlib.aclosing(self.stream(question, where=where, asker=asker)) as events:
            async for event in events:
                if isinstance(event, AnswerEvent):
                    return event.answer
        raise AssertionError("a stream ends with the answer")

    async def stream(
        self, question: str, *, where: Filter | None = None, asker: Asker | None = None
    ) -> AsyncGenerator[Event]:
        """Each sentence when it has passed, then the whole answer; `asker` may be a conversation.

        Closing it, or cancelling the task, stops the work before its next step, and what a language
        model still writes. Raises Busy, TookTooLong, and what the asker raises.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.patience_s
        await self._take_turn(deadline)
        stop = threading.Event()
        work = Work(self._steps(asker or self.assistant, question, where, stop), stop)
        loop.run_in_executor(self._asking, work.run).add_done_callback(self._end_turn)
        try:
            while (event := await self._in_time(work.next(), deadline)) is not None:
                yield event
        finally:
            work.stop()

    async def search(self, question: str, *, limit: int, where: Filter | None = None) -> list[Hit]:
        """The passages for a question, best first, without reading them."""
        return await self.read(self.assistant.search, question, limit=limit, where=where)

    def _steps(
        self, asker: Asker, question: str, where: Filter | None, stop: threading.Event
    ) -> Iterator[Event]:
        if time.monotonic() - self._refreshed > _REFRESH_S:  # another process may have written
            self._refresh()
        yield from asker.stream(question, where=where, stop=stop)

    def _refresh(self) -> None:
        self._refreshed = time.monotonic()
        self.library.refresh()

    async def _take_turn(self, deadline: float) -> None:
        if self._turns.locked() and self.waiting >= self.settings.waiting_asks:
            raise Busy(
                f"{self.running} questions are being answered and {self.waiting} wait.",
                remedy="Ask again in a moment.",
            )
        self.waiting += 1
        try:
            await self._in_time(self._turns.acquire(), deadline)
        finally:
            self.waiting -= 1
        self.running += 1

    def _end_turn(self, _: asyncio.Future[None]) -> None:
        """Called when the thread is free again, which may be after the asker has gone."""
        self.running -= 1
        self._turns.release()

    async def _in_time(self, step: Coroutine[Any, Any, T], deadline: float) -> T:
        try:
            async with asyncio.timeout_at(deadline):
                return await step
        except TimeoutError as error:
            raise TookTooLong(
                f"There was no answer within {self.patience_s:g} seconds.",
                remedy="Ask again later, or raise the setting ask_timeout_s.",
            ) from error

    # Articles

    def articles(self, search: str = "", *, where: Filter | None = None) -> list[ArticleEntry]:
        """The articles, newest first, that have every word in title, outlet, author or source."""
        words = (folded(search) or "").split()
        entries = self.library.entries(where)
        return [entry for entry in entries if all(word in _described(entry) for word in words)]

    def article(self, article_id: str) -> Article:
        """The article with that id. Raises UnknownArticle if there is none."""
        return self.library.article(article_id)

    def remove(self, article_id: str) -> None:
        """Delete an article. Raises UnknownArticle if there is none, and LibraryBusy while another
        process writes."""
        with self._writer() as writer:
            writer.remove(article_id)

    def add_upload(self, name: str, data: bytes, on_progress: OnProgress | None = None) -> Report:
        """Store the articles of a file that was sent; see `ingest.sources.upload`.

        Raises UnreadableSource if there is none in it, and LibraryBusy.
        """
        document = upload(name, data, max_bytes=self.most_bytes)
        with self._writer() as writer:
            return add_document(document, writer, on_progress)

    def add_url(self, url: str, on_progress: OnProgress | None = None) -> Report:
        """Fetch a page and store its article; see `ingest.fetch.fetch`.

        Raises UnreadableSource if it is refused or holds no article, and LibraryBusy.
        """
        document = fetch(url, self.fetch_limits)
        with self._writer() as writer:
            return add_document(document, writer, on_progress)

    async def read(self, look: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `articles`, `article` or anything else that only reads, in a reading thread."""
        return await asyncio.wrap_future(self._reading.submit(look, *args, **kwargs))

    async def write(self, change: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `remove`, `add_upload` or `add_url` in the writing thread, when its turn comes."""
        return await asyncio.wrap_future(self._writing.submit(change, *args, **kwargs))

    @property
    def most_bytes(self) -> int:
        """The size of the largest file that is read."""
        return int(self.settings.max_file_mb * _BYTES_PER_MB)

    @property
    def fetch_limits(self) -> FetchLimits:
        """What a web address may cost, and whether it may be a private one."""
        return FetchLimits(
            max_bytes=self.most_bytes, private_addresses=self.settings.private_addresses
        )

    @contextlib.contextmanager
    def _writer(self) -> Iterator[LibraryWriter]:
        """The library for writing; its embedding model is the one that is loaded already."""
        timeout_s = max(self.settings.lock_timeout_s, _LOCK_TIMEOUT_S)
        with LibraryWriter.open(self.settings.library, timeout_s=timeout_s) as writer:
            writer.embedder = self.library.embedder
            yield writer
        self._refresh()


def _described(entry: ArticleEntry) -> str:
    parts = (entry.title, entry.outlet, entry.author, entry.source)
    return folded("\n".join(part for part in parts if part)) or ""
