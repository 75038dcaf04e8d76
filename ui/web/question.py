"""A question to the API on its way through the desk, counted and logged."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from starlette.requests import Request

from ingest.filter import Filter
from rag.answer import Answer
from rag.assistant import AnswerEvent, Event
from ui.web.desk import Asker, Desk
from ui.web.log import log


class Asked:
    """One question that is put to the desk; nothing happens before an event is awaited."""

    def __init__(self, request: Request, question: str, where: Filter, asker: Asker) -> None:
        self._state = request.app.state
        self._id: str = request.state.id
        self._question = question
        self._started = time.perf_counter()
        desk: Desk = self._state.desk
        self._events = desk.stream(question, where=where, asker=asker)

    async def answer(self) -> Answer:
        """The answer alone. Raises as `Desk.stream` does."""
        async with aclosing(self.events(await self.first())) as events:
            async for event in events:
                if isinstance(event, AnswerEvent):
                    return event.answer
        raise AssertionError("a stream ends with the answer")

    async def first(self) -> Event | None:
        """The first event: what goes wrong up to here can still be told by a status."""
        return await anext(self._events, None)

    async def events(self, first: Event | None) -> AsyncGenerator[Event]:
        """All events, of which the first has been received. Closing it stops the work."""
        async with aclosing(self._events):
            if first is not None:
                yield self._noted(first)
            async for event in self._events:
                yield self._noted(event)

    def _noted(self, event: Event) -> Event:
        if isinstance(event, AnswerEvent):
            seconds = time.perf_counter() - self._started
            self._state.metrics.answer(event.answer.answered, seconds)
            log(
                "answer",
                id=self._id,
                answered=event.answer.answered,
                ms=round(1000 * seconds, 1),
                question=self._question if self._state.settings.log_questions else None,
            )
        return event


def asked_of(
    request: Request, question: str, where: Filter, history: Sequence[tuple[str, str]]
) -> Asked:
    """The question of a request; with a history it is a follow-up."""
    desk: Desk = request.app.state.desk
    asker = desk.assistant.conversation(history=history) if history else desk.assistant
    return Asked(request, question, where, asker)
