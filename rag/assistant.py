"""The one door to asking: a library, a reader, and answers that hold."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypedDict, Unpack

from ingest.article import clean
from ingest.errors import QuestionError
from ingest.filter import Filter
from ingest.library import Library
from ingest.terms import content_words
from rag.account import CONFIDENCE, account, topic_of
from rag.answer import Answer, AnswerSentence, Evidence
from rag.asides import Aside, answer_aside, is_foreign
from rag.compound import joined, parts, spent, surest, understand_part
from rag.confidence import Caution
from rag.dates import dates_of
from rag.extract import compose
from rag.reader import Reader, load_reader
from rag.retrieve import Background, Hit, Search, retrieve
from rag.spelling import mended
from rag.turns import Exchange, Turn

if TYPE_CHECKING:
    from rag.conversation import Conversation, ConversationOptions
    from rag.generate import GenerativeAnswerer
    from rag.llm import LLM, Price
    from rag.sessions import Conversations

MOST_QUESTION_CHARACTERS = 20_000
_READ_AGAIN = 3


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
    found by `search`. `llm` is a LlamaIndex LLM, or what `rag.llm.load_llm` takes, that words the
    answers in at most `llm_timeout_s` seconds; without one they are quotes. `llm_price` is what
    its tokens cost.
    """

    reader: Reader | str | Path | None
    caution: Caution
    threshold: float | None
    max_sentences: int
    passages: int
    search: Search
    llm: LLM | str | None
    llm_timeout_s: float
    llm_price: Price | None


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
        self.writer = _writer(options)

    @classmethod
    def open(cls, folder: str | Path, **options: Unpack[Options]) -> Self:
        """Open the library in `folder`; options as for the constructor.

        Raises LibraryError, with the remedy, if it cannot be used.
        """
        return cls(Library.open(folder), **options)

    def close(self) -> None:
        """Let go of the library; asking on raises LibraryError, also in threads that do now."""
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
        answers from elsewhere that come before its own turns. An assistant with a language model
        has it rewrite follow-up questions, unless `condenser` says otherwise.
        """
        from rag.conversation import Conversation

        if self.writer is not None and "condenser" not in options:
            from rag.condense import Condenser

            options["condenser"] = Condenser(self.writer.llm)
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
        *_, last = self.stream(question, where=where, background=background)
        assert isinstance(last, AnswerEvent)
        return last.answer

    async def aask(self, question: str, *, where: Filter | None = None) -> Answer:
        """`ask`, without blocking the event loop."""
        async for event in self.astream(question, where=where):
            if isinstance(event, AnswerEvent):
                return event.answer
        raise AssertionError("a stream ends with the answer")

    def stream(
        self,
        question: str,
        *,
        where: Filter | None = None,
        background: Background | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Event]:
        """Each sentence when it has passed, then the whole answer; a notice for a question in
        another language than English.

        Closing it, or setting `stop` meanwhile, ends what a language model still writes.
        """
        asked = checked_question(question)
        if is_foreign(asked):
            answer = answer_aside(asked, Aside("language"), self.library, None, where)
            yield from map(SentenceEvent, answer.sentences)
            yield AnswerEvent(answer)
            return
        started = time.perf_counter()
        question = mended(asked, self.library)
        with closing(self._answering(question, where, background, stop)) as events:
            for event in events:
                if isinstance(event, AnswerEvent):
                    total = 1000 * (time.perf_counter() - started)
                    timings = {**event.answer.timings_ms, "total": total}
                    answer = self._completed(event.answer, timings)
                    if question != asked:
                        answer = replace(answer, question=asked, standalone_question=question)
                    yield AnswerEvent(answer)
                else:
                    yield event

    async def astream(self, question: str, *, where: Filter | None = None) -> AsyncIterator[Event]:
        """`stream`, without blocking the event loop; cancelling the task ends the work."""
        stop = threading.Event()
        events = self.stream(question, where=where, stop=stop)
        try:
            while (event := await asyncio.to_thread(next, events, None)) is not None:
                yield event
        finally:
            stop.set()

    def _answering(
        self,
        question: str,
        where: Filter | None,
        background: Background | None,
        stop: threading.Event | None = None,
    ) -> Generator[Event, None, None]:
        """Each sentence when it has passed, then the answer."""
        asked = parts(question)
        evidence, answer = self._found(question, asked, where, background or Background())
        started = time.perf_counter()
        if self.writer is None or not answer.answered:
            yield from map(SentenceEvent, answer.sentences)
        else:
            writing = self.writer.stream(
                answer,
                evidence,
                threshold=self.threshold,
                max_sentences=self.max_sentences * len(asked),
                stop=stop,
            )
            with closing(writing):
                for written in writing:
                    if isinstance(written, Answer):
                        answer = written
                    else:
                        yield SentenceEvent(written)
            write_ms = 1000 * (time.perf_counter() - started)
            answer = replace(answer, timings_ms={**answer.timings_ms, "write": write_ms})
        yield AnswerEvent(answer)

    def _found(
        self, question: str, asked: Sequence[str], where: Filter | None, background: Background
    ) -> tuple[list[Evidence], Answer]:
        """The evidence on a question, and the answer that it gives in quotes. Of several things
        that are `asked` each is answered after those before it, as in a conversation."""
        if len(asked) == 1:
            return self._found_of_one(question, where, background)
        as_typed = parts(background.typed or question)
        earlier: list[Exchange] = []
        evidence: list[Evidence] = []
        answers: list[Answer] = []
        if len(as_typed) != len(asked):
            as_typed = tuple(asked)
        for part, typed in zip(asked, as_typed, strict=True):
            understood = understand_part(part, typed, earlier, background)
            found, answer = self._found_of_one(understood.question, where, understood.background)
            evidence += found if answer.answered else ()
            answers.append(answer)
            earlier.append(Exchange.of(Turn.of(replace(answer, question=understood.standalone))))
        if any(answer.answered for answer in answers):
            return surest(evidence), joined(question, asked, answers)
        evidence, answer = self._found_of_one(question, where, background)
        return evidence, replace(answer, timings_ms=spent([*answers, answer]))

    def _found_of_one(
        self, question: str, where: Filter | None, background: Background
    ) -> tuple[list[Evidence], Answer]:
        """The evidence on a question that asks one thing, and the answer that it gives."""
        started = time.perf_counter()
        hits = self.search(question, limit=self.passages, where=where, background=background)
        retrieved = time.perf_counter()
        evidence, answer = self._read(question, hits, background)
        if not answer.answered and (topic := topic_of(question)):
            evidence = account(topic, hits)
            answer = compose(
                question, evidence, hits, threshold=CONFIDENCE, max_sentences=self.max_sentences
            )
        timings_ms = {
            "retrieve": 1000 * (retrieved - started),
            "read": 1000 * (time.perf_counter() - retrieved),
        }
        return evidence, replace(answer, timings_ms=timings_ms)

    def _read(
        self, question: str, hits: Sequence[Hit], background: Background
    ) -> tuple[list[Evidence], Answer]:
        """The evidence of these passages, and the answer that it gives in quotes.

        Where they do not answer a question that a conversation has put words into, the first few of
        the articles that it speaks of are read for the words that were typed: an article, too, says
        "his landlady" of the man whom it is about.
        """
        evidence = self.reader.read(question, hits, typed=background.typed)
        answer = self._composed(question, evidence, hits)
        typed = background.typed or question
        if answer.answered or typed == question or not content_words(typed):
            return evidence, answer
        spoken_of = [hit for hit in hits if hit.article.id in background.articles][:_READ_AGAIN]
        as_typed = self.reader.read(typed, spoken_of)
        literal = self._composed(question, as_typed, spoken_of)
        return (as_typed, literal) if literal.answered else (evidence, answer)

    def _composed(self, question: str, evidence: Sequence[Evidence], hits: Sequence[Hit]) -> Answer:
        return compose(
            question, evidence, hits, threshold=self.threshold, max_sentences=self.max_sentences
        )

    def _completed(self, answer: Answer, timings_ms: Mapping[str, float]) -> Answer:
        """The answer with its dates, its timings, and what made it."""
        made = {"reader": self.reader.name, "embedding": self.library.manifest.model}
        return replace(
            answer,
            dates=dates_of(answer.citations),
            timings_ms=timings_ms,
            engine={**made, **answer.engine},
        )


def _writer(options: Options) -> GenerativeAnswerer | None:
    """What words the answers; None where they are quotes."""
    llm = options.get("llm")
    if llm is None:
        return None
    from rag.generate import TIMEOUT_S, GenerativeAnswerer
    from rag.llm import load_llm

    timeout_s = options.get("llm_timeout_s", TIMEOUT_S)
    if isinstance(llm, str):
        llm = load_llm(llm, timeout_s=timeout_s)
    return GenerativeAnswerer(llm, timeout_s=timeout_s, price=options.get("llm_price"))


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
