"""What happens on the page: each event of a visitor, and what it changes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import gradio as gr

from ingest.errors import GroundwireError, QuestionError, UnknownArticle
from ingest.filter import Filter
from ingest.pipeline import Report
from rag.answer import AnswerSentence, Citation
from rag.assistant import AnswerEvent, SentenceEvent
from rag.conversation import Conversation
from rag.sessions import ConversationError
from rag.turns import Turn
from ui.chat.layout import ANY_SOURCE, Parts
from ui.chat.lists import (
    articles_html,
    conversations_html,
    filters_html,
    outcome_html,
    progress_html,
)
from ui.chat.reader import citation_html, explanation_html, note_html, whole_html
from ui.chat.suggest import suggest
from ui.chat.together import together
from ui.chat.transcript import Chat, Pending, suggestions_html, transcript_html
from ui.web.desk import Desk

_POLL_S = 0.2
_TOGETHER_S = 0.05
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
        self._suggesting = asyncio.Lock()
        self._readings = count()

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
        store = self.desk.conversations
        empty = Chat(articles=self.desk.library.count_articles())
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

    async def suggest(self) -> str:
        """An empty conversation gets questions to begin with."""
        async with self._suggesting:
            articles = self.desk.library.count_articles()
            if self._suggested[0] != articles:
                self._suggested = (articles, await self.desk.read(self._suggestions))
        return suggestions_html(self._suggested[1])

    def _suggestions(self) -> list[str]:
        entries = self.desk.articles()[:_NEWEST]
        return suggest(self.desk.assistant, [self.desk.article(entry.id) for entry in entries])

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
        asker = self._conversation(around.conversation)
        before = replace(self._chat(around.conversation), id=asker.id)

        def with_(pending: Pending) -> str:
            return transcript_html(replace(before, pending=pending))

        yield {
            parts.transcript: with_(Pending(question)),
            parts.asked: question,
            parts.question: "",
            parts.send: gr.update(visible=False),
            parts.stop: gr.update(visible=True),
        }
        said: tuple[AnswerSentence, ...] = ()
        try:
            events = self.desk.stream(question, where=around.filter(), asker=asker)
            async with contextlib.aclosing(together(events, within_s=_TOGETHER_S)) as arriving:
                async for group in arriving:
                    said += tuple(e.sentence for e in group if isinstance(e, SentenceEvent))
                    if not isinstance(group[-1], AnswerEvent):
                        yield {parts.transcript: with_(Pending(question, said))}
        except GroundwireError as error:
            left = Pending(question, note=str(error))
            yield {parts.transcript: with_(left), parts.question: question, **self._idle()}
            return
        yield {
            parts.conversation: asker.id,
            parts.transcript: self.chat(asker.id),
            parts.side: self.side(asker.id),
            **self._idle(),
        }

    def stop(self, asked: str) -> Changes:
        """The visitor does not want the answer; the question can be changed and asked again. What
        has arrived stays on the page until the next question, and is not kept."""
        return {self.parts.question: asked, **self._idle()}

    def _idle(self) -> Changes:
        return {
            self.parts.send: gr.update(visible=True),
            self.parts.stop: gr.update(visible=False),
        }

    def filters(self, source: str | None, since: str, until: str) -> str:
        """Which articles may answer, in words."""
        around, problem = Around.of("", source, since, until), ""
        try:
            around.filter()
        except QuestionError as error:
            problem = str(error)
        return filters_html(around.source, around.since, around.until, problem)

    def clear(self) -> tuple[str, str, str]:
        """Any article may answer again."""
        return "", "", ""

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
        given = event._data
        if "article" in given:  # the answer is still arriving
            return self._shown(self._cite_arriving(given))
        turn = self._turn(conversation, int(event.turn))
        if turn is None:
            return self._shown(note_html("Citation", "This answer is no longer kept."))
        group = turn.answer.closest if event.place == "closest" else turn.answer.citations
        citation = next(c for c in group if c.number == int(event.number))
        present = self._present(citation.article.id)
        return self._shown(citation_html(citation, group, present=present))

    def _present(self, article: str) -> str | None:
        """The version of an article that the library holds now."""
        try:
            return self.desk.article(article).version
        except UnknownArticle:
            return None

    def _cite_arriving(self, given: dict[str, str]) -> str:
        try:
            article = self.desk.article(given["article"])
        except GroundwireError as error:
            return note_html("Citation", str(error))
        if article.version != given["version"]:
            return note_html("Citation", "The article has changed since it was cited.")
        start, end = int(given["start"]), int(given["end"])
        number, quote = int(given["number"]), article.text[start:end]
        citation = Citation(number, article, start, end, quote)
        return citation_html(citation, present=article.version)

    def article(self, event: gr.EventData) -> str:
        """An article is opened from the list."""
        try:
            return self._shown(whole_html(self.desk.article(str(event.id))))
        except GroundwireError as error:
            return self._shown(note_html("Article", str(error)))

    def _shown(self, reading: str) -> str:
        """What is to be read, told from what was read before: the page hears of another value only,
        and scrolls to the words again when somebody clicks the same number again."""
        return f"{reading}<!-- {next(self._readings)} -->"

    async def explain(
        self, conversation: str, source: str | None, since: str, until: str, event: gr.EventData
    ) -> str:
        """How an answer came about."""
        turn = self._turn(conversation, int(event.turn))
        if turn is None:
            return self._shown(note_html("How I got this", "This answer is no longer kept."))
        try:
            where = Around.of(conversation, source, since, until).filter()
            asked = turn.standalone_question or turn.question
            limit = self.desk.assistant.passages
            hits = await self.desk.search(asked, limit=limit, where=where)
        except GroundwireError as error:
            return self._shown(note_html("How I got this", str(error)))
        return self._shown(explanation_html(turn.answer, hits))

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
