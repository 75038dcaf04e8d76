"""A conversation: turns that are kept, and questions that lean on them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TypedDict

from ingest.filter import Filter
from rag.answer import Answer
from rag.asides import answer_aside, aside_of
from rag.assistant import AnswerEvent, Assistant, Event, SentenceEvent, checked_question
from rag.condense import Condenser
from rag.dates import dated
from rag.resolve import Understood, outside_history, understand
from rag.sessions import KEPT_TURNS, ConversationError, Conversations, new_id, title_of
from rag.spelling import mended
from rag.turns import Exchange, Turn

MEMORY = 6


class ConversationOptions(TypedDict, total=False):
    """How a conversation goes.

    `memory` is how many of the last exchanges a question may lean on. `today` is what "yesterday"
    counts from: by default the day of asking; no article from after a day that is given here
    answers a question about such days. `condenser` is a language model that rewrites
    follow-up questions; what it gives is checked, and without one, or where it fails, rules do it.
    `kept_turns` are kept at most where the conversation lives in memory.
    """

    memory: int
    today: date | None
    condenser: Condenser | None
    kept_turns: int


class Conversation:
    """Questions and answers in order. Threads and tasks may share it.

    With a store every turn is in the database before its answer is returned, and what another
    process adds to the conversation is seen at the next question.
    """

    def __init__(
        self,
        assistant: Assistant,
        id: str | None = None,  # noqa: A002
        *,
        history: Sequence[tuple[str, str]] = (),
        store: Conversations | None = None,
        memory: int = MEMORY,
        today: date | None = None,
        condenser: Condenser | None = None,
        kept_turns: int = KEPT_TURNS,
    ) -> None:
        """See `Assistant.conversation`."""
        if store is not None and id is not None:
            store.get(id)
        self.id = id or new_id()
        self.history = tuple(outside_history(history[-memory:]))
        self._assistant = assistant
        self._store = store
        self._memory = memory
        self._today = today
        self._condenser = condenser
        self._kept_turns = kept_turns
        self._turns: dict[int, Turn] = {}
        self._lock = threading.Lock()

    @property
    def title(self) -> str:
        """What the conversation is called: its first question, unless it was renamed."""
        if self._store is not None:
            try:
                return self._store.get(self.id).title
            except ConversationError:  # it has no turn yet
                return ""
        return title_of(self.turns[0].question) if self.turns else ""

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns that are kept, the oldest first; `history` is not among them."""
        with self._lock:
            if self._store is not None:
                known = {number: (turn.asked_at, turn) for number, turn in self._turns.items()}
                self._turns = self._store.turns(self.id, known)
            return tuple(self._turns.values())

    def ask(self, question: str, *, where: Filter | None = None) -> Answer:
        """The cited answer, or the abstention. Raises QuestionError for what is no question.

        Its `standalone_question` is what was asked of the articles, where the question alone would
        not do.
        """
        *_, last = self.stream(question, where=where)
        assert isinstance(last, AnswerEvent)
        return last.answer

    def stream(
        self,
        question: str,
        *,
        where: Filter | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Event]:
        """Each sentence when it has passed, then the whole answer; with it the turn is kept.

        Closing it, or setting `stop` meanwhile, ends the work; then nothing is kept.
        """
        question = checked_question(question)
        started = time.perf_counter()
        turns = self.turns
        if aside := aside_of(question):
            answer = answer_aside(question, aside, self._assistant.library, _shown(turns), where)
            self._keep(Turn.of(answer))
            yield from (SentenceEvent(sentence) for sentence in answer.sentences)
            yield AnswerEvent(answer)
            return
        asked = self.understand(question, turns)
        spent = 1000 * (time.perf_counter() - started)
        if asked.since:
            where = _between(where or Filter(), asked.since, self._today)
        for event in self._assistant.stream(
            asked.question, where=where, background=asked.background, stop=stop
        ):
            if stop is not None and stop.is_set():
                return
            if isinstance(event, AnswerEvent):
                answer = _as_typed(event.answer, question, asked.standalone, spent)
                self._keep(Turn.of(answer))
                yield AnswerEvent(answer)
            else:
                yield event

    def understand(self, question: str, turns: Sequence[Turn] | None = None) -> Understood:
        """What is asked of the articles for a question that is asked now."""
        turns = self.turns if turns is None else turns
        questions = [turn for turn in turns if not turn.is_aside][-self._memory :]
        earlier = [*self.history, *map(Exchange.of, questions)][-self._memory :]
        question = mended(question, self._assistant.library)
        asked = understand(question, earlier)
        if asked.leans and self._condenser and (better := self._condenser(question, earlier)):
            asked = replace(asked, question=better, standalone=better)
        today = self._today or datetime.now().astimezone().date()
        standalone, since = dated(asked.standalone, today)
        return replace(asked, standalone=standalone, since=since)

    async def aask(self, question: str, *, where: Filter | None = None) -> Answer:
        """`ask`, without blocking the event loop."""
        return await asyncio.to_thread(self.ask, question, where=where)

    async def astream(self, question: str, *, where: Filter | None = None) -> AsyncIterator[Event]:
        """`stream`, without blocking the event loop."""
        events = self.stream(question, where=where)
        while (event := await asyncio.to_thread(next, events, None)) is not None:
            yield event

    def forget_last(self) -> None:
        """Forget the last turn, to ask it again; nothing if there is none."""
        with self._lock:
            if self._store is not None:
                self._store.forget_last(self.id)
            elif self._turns:
                self._turns.popitem()

    def _keep(self, turn: Turn) -> None:
        with self._lock:
            if self._store is not None:
                self._store.append(self.id, turn)
                return
            self._turns[max(self._turns, default=0) + 1] = turn
            while len(self._turns) > self._kept_turns:
                del self._turns[min(self._turns)]


def _shown(turns: Sequence[Turn]) -> Answer | None:
    """The last answer that an aside may ask about: a greeting in between does not count."""
    told = (t.answer for t in reversed(turns) if t.answer.citations or not t.is_aside)
    return next(told, None)


def _as_typed(answer: Answer, question: str, asked: str, spent_ms: float) -> Answer:
    """The answer to the question as it was typed; what was asked of the articles stands beside."""
    standalone = asked if asked != question else None
    timings = {"understand": spent_ms, **answer.timings_ms}
    if "total" in timings:
        timings["total"] += spent_ms
    return replace(answer, question=question, standalone_question=standalone, timings_ms=timings)


def _between(where: Filter, first: date, last: date | None) -> Filter:
    """The filter, and no article from before the first day, which cannot report what happened
    then, nor from after the last, which who asks cannot have read."""
    since = max(first.isoformat(), where.published_from or "")
    until, day = where.published_to, last.isoformat() if last else None
    if day and (until is None or day[: len(until)] <= until):
        until = day
    return replace(where, published_from=since, published_to=until)
