"""The one door to asking: a library, a reader, and answers that hold."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypedDict, Unpack

from ingest.article import clean
from ingest.errors import QuestionError
from ingest.filter import Filter
from ingest.library import Library
from rag.answer import Answer, AnswerSentence
from rag.confidence import Caution
from rag.dates import dates_of
from rag.extract import compose
from rag.reader import Reader, load_reader
from rag.retrieve import Background, Hit, Search, retrieve

if TYPE_CHECKING:
    from rag.conversation import Conversation, ConversationOptions
    from rag.sessions import Conversations

MOST_QUESTION_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class SentenceEvent:
    """A sentence that has passed every check."""

    sentence: AnswerSentence


@dataclass(frozen=True, slots=True)
class AnswerEvent:
    """The whole answer; the last event of a stream."""

    answer: Answer


Event = SentenceEvent | AnswerEvent


class Options(TypedDict, total=False):
    """How an assistant answers.

    `reader` is a reader, or what `load_reader` takes: None for the bundled one. `caution` chooses
    among its thresholds, and `threshold`, a probability, replaces them: higher is more silent.
    `max_sentences` of an answer are shown besides those that dispute it, and `passages` are read,
    found by `search`.
    """

    reader: Reader | str | Path | None
    caution: Caution
    threshold: float | None
    max_sentences: int
    passages: int
    search: Search


class Assistant:
    """Answers questions from one library. Threads and tasks may share it."""

    def __init__(self, library: Library, **options: Unpack[Options]) -> None:
        if unknown := set(options) - set(Options.__annotations__):
            raise TypeError(f"Unknown options of an assistant: {', '.join(sorted(unknown))}.")
        self.library = library
        reader = options.get("reader")
        caution = options.get("caution", "medium")
        if reader is None or isinstance(reader, str | Path):
            self.reader: Reader = load_reader(reader, library=library, caution=caution)
        else:
            self.reader = reader
        self.max_sentences = options.get("max_sentences", 3)
        self.passages = options.get("passages", 10)
        self.search_kind: Search = options.get("search", "hybrid")
        threshold = options.get("threshold")
        self.threshold = self.reader.threshold if threshold is None else threshold

    @classmethod
    def open(cls, folder: str | Path, **options: Unpack[Options]) -> Self:
        """Open the library in `folder`; options as for the constructor.

        Raises LibraryError, with the remedy, if it cannot be used.
        """
        return cls(Library.open(folder), **options)

    def close(self) -> None:
        """Let go of the library."""
        self.library.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def conversation(
        self,
        id: str | None = None,  # noqa: A002
        *,
        history: Sequence[tuple[str, str]] = (),
        store: Conversations | None = None,
        **options: Unpack[ConversationOptions],
    ) -> Conversation:
        """A conversation, in which a question may lean on those before it.

        With a `store` it is kept there: `id` names one to go on with, and ConversationError is
        raised if it is not there. Without one it lives in memory. `history` are questions and
        answers from elsewhere that come before its own turns.
        """
        from rag.conversation import Conversation

        return Conversation(self, id, history=history, store=store, **options)

    def search(
        self,
        question: str,
        *,
        limit: int = 10,
        where: Filter | None = None,
        background: Background | None = None,
    ) -> list[Hit]:
        """The passages for a question, best first, without reading them."""
        return retrieve(
            self.library,
            checked_question(question),
            limit=limit,
            where=where,
            search=self.search_kind,
            background=background,
        )

    def ask(
        self,
        question: str,
        *,
        where: Filter | None = None,
        background: Background | None = None,
    ) -> Answer:
        """The cited answer, or the abstention. Raises QuestionError for what is no question.

        The `background` is what a conversation adds to the search; use `conversation`.
        """
        question = checked_question(question)
        started = time.perf_counter()
        hits = self.search(question, limit=self.passages, where=where, background=background)
        retrieved = time.perf_counter()
        answer = self.answer_from(question, hits)
        ended = time.perf_counter()
        return replace(
            answer,
            dates=dates_of(answer.citations),
            timings_ms={
                "retrieve": 1000 * (retrieved - started),
                "read": 1000 * (ended - retrieved),
                "total": 1000 * (ended - started),
            },
            engine={"reader": self.reader.name, "embedding": self.library.manifest.model},
        )

    def answer_from(self, question: str, hits: Sequence[Hit]) -> Answer:
        """The cited answer that these passages give, or the abstention."""
        return compose(
            question,
            self.reader.read(question, hits),
            hits,
            threshold=self.threshold,
            max_sentences=self.max_sentences,
        )

    async def aask(self, question: str, *, where: Filter | None = None) -> Answer:
        """`ask`, without blocking the event loop."""
        return await asyncio.to_thread(self.ask, question, where=where)

    def stream(
        self,
        question: str,
        *,
        where: Filter | None = None,
        background: Background | None = None,
    ) -> Iterator[Event]:
        """Each sentence when it has passed, then the whole answer."""
        answer = self.ask(question, where=where, background=background)
        yield from (SentenceEvent(sentence) for sentence in answer.sentences)
        yield AnswerEvent(answer)

    async def astream(self, question: str, *, where: Filter | None = None) -> AsyncIterator[Event]:
        """`stream`, without blocking the event loop."""
        answer = await self.aask(question, where=where)
        for sentence in answer.sentences:
            yield SentenceEvent(sentence)
        yield AnswerEvent(answer)


def checked_question(question: str) -> str:
    """A question as it is asked: cleaned, on one line. Raises QuestionError for what is none."""
    question = question.encode("utf-8", "ignore").decode()  # a lone surrogate is no character
    question = " ".join(clean(question.replace("\x00", " ")).split())
    if not question:
        raise QuestionError("The question is empty.", remedy="Write what you want to know.")
    if len(question) > MOST_QUESTION_CHARACTERS:
        raise QuestionError(
            f"The question has {len(question):,} characters.",
            remedy=f"Use at most {MOST_QUESTION_CHARACTERS:,}.",
        )
    return question
