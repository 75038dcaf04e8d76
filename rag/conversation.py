"""A conversation: turns that are kept, and questions that lean on them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import TypedDict

from ingest.filter import Filter
from rag.answer import Answer
from rag.assistant import AnswerEvent, Assistant, Event, checked_question
from rag.sessions import KEPT_TURNS, ConversationError, Conversations, new_id, title_of
from rag.turns import Turn


class ConversationOptions(TypedDict, total=False):
    """How a conversation goes. `kept_turns` are kept at most where it lives in memory."""

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
        kept_turns: int = KEPT_TURNS,
    ) -> None:
        """See `Assistant.conversation`."""
        if store is not None and id is not None:
            store.get(id)
        self.id = id or new_id()
        self.history = tuple(history)
        self._assistant = assistant
        self._store = store
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

    def stream(self, question: str, *, where: Filter | None = None) -> Iterator[Event]:
        """Each sentence when it has passed, then the whole answer; with it the turn is kept."""
        question = checked_question(question)
        for event in self._assistant.stream(question, where=where):
            if isinstance(event, AnswerEvent):
                answer = replace(event.answer, question=question)
                self._keep(Turn.of(answer))
                yield AnswerEvent(answer)
            else:
                yield event

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
