"""What happens on the page: each event of a visitor, and what it changes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from ingest.errors import GroundwireError
from ingest.filter import Filter
from ingest.pipeline import Report
from rag.answer import AnswerSentence
from rag.assistant import SentenceEvent
from rag.conversation import Conversation
from rag.sessions import ConversationError
from rag.turns import Turn
from ui.chat.layout import ANY_SOURCE, Parts
from ui.chat.lists import articles_html, conversations_html, outcome_html, progress_html
from ui.chat.reader import citation_html, explanation_html, note_html, whole_html
from ui.chat.suggest import suggest
from ui.chat.transcript import Chat, Pending, transcript_html
from ui.web.desk import Desk

_POLL_S = 0.2
_NEWEST = 60


Changes = dict[Any, Any]
"""Components of the page and their new values."""

Outcome = tuple[str, Report | GroundwireError]


@dataclass(frozen=True, slots=True)
class Around:
    """What goes with a question: the conversation that is open and the filters that are set."""

    conversation: str
    source: str
    since: str
    until: str

    @classmethod
    def of(cls, *values: str | None) -> Around:
        """As the components of the page hold them."""
        return cls(*((value or "").strip() for value in values))

    def filter(self) -> Filter:
        """The articles that may answer. Raises QuestionError for what is no date."""
        return Filter(
            source=self.source or None,
            published_from=self.since or None,
            published_to=self.until or None,
        )


class Events:
    """The page's events. The conversation that is open is known by the page, not by the server:
    a restart of the server loses nothing."""

    def __init__(self, desk: Desk, parts: Parts) -> None:
        self.desk = desk
        self.parts = parts
        self._suggested: tuple[int, Sequence[str]] = (-1, ())

    # What is shown

    def chat(self, conversation: str, pending: Pending | None = None) -> str:
        """The transcript as it is stored, and what is under way."""
        return transcript_html(replace(self._chat(conversation), pending=pending))

    def side(self, conversation: str) -> str:
        """The list of conversations."""
        return conversations_html(self.desk.conversations.list(), conversation)

    def articles(self, search: str = "") -> str:
        """The list of articles."""
        return articles_html(self.desk.articles(search), self.desk.library.count_articles())

    def sources(self) -> dict[str, Any]:
        """The outlets to choose from."""
        outlets = {entry.outlet for entry in self.desk.articles() if entry.outlet}
        return gr.update(choices=[ANY_SOURCE, *sorted(outlets, key=str.casefold)])

    def _chat(self, conversation: str) -> Chat:
        store, count = self.desk.conversations, self.desk.library.count_articles()
        suggestions = self._suggested[1] if self._suggested[0] == count else ()
        empty = Chat(suggestions=suggestions, articles=count)
        if not conversation:
            return empty
        try:
            title = store.get(conversation).title
        except ConversationError:
            return empty
        turns = store.turns(conversation)
        return replace(
            empty,
            id=conversation,
            title=title,
            turns=turns,
            ratings=store.ratings(conversation),
        )

    # Conversations

    def start(self, conversation: str) -> tuple[str, str, str, dict[str, Any], str]:
        """The page opens, perhaps at a conversation that its address names."""
        chat = self._chat(conversation)
        return (
            chat.id,
            self.side(chat.id),
            transcript_html(chat),
            self.sources(),
            self.articles(),
        )

    def suggest(self, conversation: str) -> str | dict[str, Any]:
        """An empty conversation gets questions to begin with."""
        count = self.desk.library.count_articles()
        if self._suggested[0] != count:
            entries = self.desk.articles()[:_NEWEST]
            articles = [self.desk.article(entry.id) for entry in entries]
            self._suggested = (count, suggest(self.desk.assistant, articles))
        return self.chat("") if not conversation else gr.skip()

    def open(self, event: gr.EventData) -> tuple[str, str, str]:
        """Another conversation is opened."""
        conversation = str(event.id)
        return conversation, self.side(conversation), self.chat(conversation)

    def new(self) -> tuple[str, str, str]:
        """A conversation begins, without a turn yet."""
        return "", self.side(""), self.chat("")

    def rename(self, conversation: str, event: gr.EventData) -> tuple[str, str]:
        """A conversation gets another title."""
        self.desk.conversations.rename(str(event.id), str(event.title))
        return self.side(conversation), self.chat(conversation)

    def delete(self, conversation: str, event: gr.EventData) -> tuple[str, str, str]:
        """A conversation goes, and the page with it if it is the open one."""
        with contextlib.suppress(ConversationError):  # another window was faster
            self.desk.conversations.delete(str(event.id))
        return self.new() if event.id == conversation else self._unmoved(conversation)

    def rate(self, conversation: str, event: gr.EventData) -> str:
        """A thumb, or a remark to the thumb that was given before."""
        given, turn = event._data, int(event.turn)
        before = self.desk.conversations.ratings(conversation).get(turn)
        up = given["up"] == "1" if "up" in given else before is not None and before.up
        remark = given.get("remark", before.remark if before else None)
        self.desk.conversations.rate(conversation, turn, up, remark)
        return self.chat(conversation)

    def _unmoved(self, conversation: str) -> tuple[str, str, str]:
        return conversation, self.side(conversation), self.chat(conversation)

    # Asking

    async def ask(self, question: str, *around: str | None) -> AsyncIterator[Changes]:
        """A question: its answer arrives sentence by sentence."""
        if question.strip():
            async for changes in self._answer(question, Around.of(*around)):
                yield changes

    async def ask_suggested(
        self, conversation: str, source: str | None, since: str, until: str, event: gr.EventData
    ) -> AsyncIterator[Changes]:
        """A suggested question is asked."""
        around = Around.of(conversation, source, since, until)
        async for changes in self._answer(str(event.question), around):
            yield changes

    async def again(self, *around: str | None) -> AsyncIterator[Changes]:
        """The last question again, perhaps with other filters; the former answer comes back unless
        a new one is there in the end."""
        store, asked = self.desk.conversations, Around.of(*around)
        turns = store.turns(asked.conversation)
        if not turns:
            return
        former = turns[max(turns)]
        store.forget_last(asked.conversation)
        try:
            async for changes in self._answer(former.question, asked):
                yield changes
        finally:
            if len(store.turns(asked.conversation)) < len(turns):
                store.append(asked.conversation, former)

    async def _answer(self, question: str, around: Around) -> AsyncIterator[Changes]:
        parts = self.parts
        said: tuple[AnswerSentence, ...] = ()
        left: Pending | None = None
        yield {
            parts.transcript: self.chat(around.conversation, Pending(question)),
            parts.asked: question,
            parts.question: "",
            parts.send: gr.update(visible=False),
            parts.stop: gr.update(visible=True),
        }
        conversation = around.conversation
        try:
            asker = self._conversation(conversation)
            events = self.desk.stream(question, where=around.filter(), asker=asker)
            async with contextlib.aclosing(events):
                async for event in events:
                    if isinstance(event, SentenceEvent):
                        said = (*said, event.sentence)
                        arriving = Pending(question, said)
                        yield {parts.transcript: self.chat(conversation, arriving)}
            conversation = asker.id
        except GroundwireError as error:
            left = Pending(question, note=str(error))
        yield {
            parts.conversation: conversation,
            parts.transcript: self.chat(conversation, left),
            parts.side: self.side(conversation),
            **self._idle(),
        }

    def stop(self, asked: str, conversation: str) -> Changes:
        """The visitor does not want the answer; the question can be changed and asked again."""
        stopped = Pending(asked, note="Stopped.")
        return {
            self.parts.transcript: self.chat(conversation, stopped),
            self.parts.question: asked,
            **self._idle(),
        }

    def _idle(self) -> Changes:
        return {
            self.parts.send: gr.update(visible=True),
            self.parts.stop: gr.update(visible=False),
        }

    def _conversation(self, conversation: str) -> Conversation:
        """The open conversation, or a new one where it has gone."""
        store = self.desk.conversations
        if conversation:
            with contextlib.suppress(ConversationError):
                return self.desk.assistant.conversation(conversation, store=store)
        return self.desk.assistant.conversation(store=store)

    # Reading

    def cite(self, conversation: str, event: gr.EventData) -> str:
        """A chip is clicked: the article at the cited words, as it was when it was cited."""
        turn = self._turn(conversation, int(event.turn))
        if turn is None:
            return note_html("Citation", "This answer is no longer kept.")
        answer = turn.answer
        group = answer.closest if event.place == "closest" else answer.citations
        citation = next(c for c in group if c.number == int(event.number))
        return citation_html(citation, group)

    def article(self, event: gr.EventData) -> str:
        """An article is opened from the list."""
        try:
            return whole_html(self.desk.article(str(event.id)))
        except GroundwireError as error:
            return note_html("Article", str(error))

    async def explain(
        self, conversation: str, source: str | None, since: str, until: str, event: gr.EventData
    ) -> str:
        """How an answer came about."""
        turn = self._turn(conversation, int(event.turn))
        if turn is None:
            return note_html("How I got this", "This answer is no longer kept.")
        try:
            where = Around.of(conversation, source, since, until).filter()
            asked = turn.standalone_question or turn.question
            limit = self.desk.assistant.passages
            hits = await self.desk.search(asked, limit=limit, where=where)
        except GroundwireError as error:
            return note_html("How I got this", str(error))
        return explanation_html(turn.answer, hits)

    def _turn(self, conversation: str, number: int) -> Turn | None:
        return self.desk.conversations.turns(conversation).get(number)

    # Articles

    async def add_files(self, files: Sequence[str] | None, search: str) -> AsyncIterator[Changes]:
        """Files are dropped: each is read, with a bar, and then said what became of it."""
        outcomes: list[Outcome] = []
        for file in map(Path, files or ()):
            data = await asyncio.to_thread(_take, file)
            async for shown in self._add(
                file.name, outcomes, self.desk.add_upload, file.name, data
            ):
                yield {self.parts.progress: shown}
        yield {self.parts.files: None, **self._added(outcomes, search)}

    async def add_url(self, url: str, search: str) -> AsyncIterator[Changes]:
        """An address is given: its page is fetched and read."""
        if not (url := url.strip()):
            return
        outcomes: list[Outcome] = []
        async for shown in self._add(url, outcomes, self.desk.add_url, url):
            yield {self.parts.progress: shown}
        failed = any(isinstance(outcome, GroundwireError) for _, outcome in outcomes)
        yield {self.parts.url: url if failed else "", **self._added(outcomes, search)}

    def remove(self, search: str, conversation: str, event: gr.EventData) -> Changes:
        """An article goes. What was cited from it stays readable in the conversations."""
        outcomes: list[Outcome] = []
        try:
            self.desk.remove(str(event.id))
        except GroundwireError as error:
            outcomes.append(("Not removed", error))
        return {**self._added(outcomes, search), self.parts.transcript: self.chat(conversation)}

    async def _add(
        self, name: str, outcomes: list[Outcome], add: Callable[..., Report], *given: object
    ) -> AsyncIterator[str]:
        """Bars until it is done, and its outcome at the end of `outcomes`."""
        told = [0, 0]

        def on_progress(done: int, total: int) -> None:
            told[:] = done, total

        work = asyncio.ensure_future(self.desk.write(add, *given, on_progress))
        while not work.done():
            yield progress_html(name, *told)
            await asyncio.wait({work}, timeout=_POLL_S)
        try:
            outcomes.append((name, work.result()))
        except GroundwireError as error:
            outcomes.append((name, error))

    def _added(self, outcomes: Sequence[Outcome], search: str) -> Changes:
        return {
            self.parts.progress: outcome_html(outcomes),
            self.parts.articles: self.articles(search),
            self.parts.source: self.sources(),
        }


def _take(file: Path) -> bytes:
    """The bytes of a file that was sent; it is kept in the library only."""
    data = file.read_bytes()
    file.unlink()
    return data
