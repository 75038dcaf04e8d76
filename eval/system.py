"""What can be measured: the small protocol of a system under test, and the adapter of ours."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Unpack, runtime_checkable

from ingest.article import Article
from ingest.filter import Filter
from rag.answer import Answer, Evidence
from rag.assistant import Assistant, Options
from rag.extract import compose
from rag.prompt import prompt_version
from rag.reader import Reader
from rag.resolve import understand
from rag.retrieve import Hit
from rag.support import SupportChecker
from rag.turns import Exchange


@dataclass(frozen=True, slots=True)
class Cited:
    """The characters `start:end` of an article, named by its source, and what they say."""

    article: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that a search found: the characters `start:end` of an article."""

    article: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Worded:
    """A sentence in a language model's words, and the quotes that it cites."""

    text: str
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """What became of a language model's sentences: those that are shown, and how many were replaced
    by quotes, dropped, or shown as the quotes that they copy; `notice` is what went wrong."""

    shown: tuple[Worded, ...]
    replaced: int
    dropped: int
    notice: str | None
    copied: int = 0

    @classmethod
    def of(cls, answer: Answer) -> Wording | None:
        """Of an answer; None where no model was asked."""
        if not answer.usage:
            return None
        shown = [
            Worded(sentence.text, tuple(c.quote for c in sentence.citations))
            for sentence in answer.sentences
            if sentence.kind == "generated"
        ]
        return cls(tuple(shown), answer.replaced, answer.dropped, answer.notice, answer.copied)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a system says to a question.

    `text` is what is displayed; `short` the few words that answer, where the system gives them;
    `confidence` the probability that the answer is right, None where the system gives none.
    `unsaid` is what the system would have answered had it not abstained, where it can tell.
    `tokens` are those of `text`, by tiktoken's o200k_base. `given` are the passages that were read,
    as retrieval ranked them, where the system shows them; `read_first` is the one that the reader
    took its best evidence from, said or not. `wording` is what became of a language model's
    sentences, where one was asked.
    """

    text: str
    answered: bool
    short: str | None = None
    confidence: float | None = None
    citations: tuple[Cited, ...] = ()
    unsaid: Reply | None = None
    latency_s: float = 0.0
    tokens: int = 0
    given: tuple[Found, ...] | None = None
    read_first: Found | None = None
    wording: Wording | None = None


class System(Protocol):
    """A system under test.

    `settings` names everything about it that shapes its answers, for the signature. `workers` is
    how many questions may be asked at once. `cites` says whether it gives citations at all.
    """

    name: str
    workers: int
    cites: bool

    def settings(self) -> Mapping[str, str]:
        """Names and values for the signature."""

    def ask(self, question: str, context: Sequence[Article] | None = None) -> Reply:
        """Answer from the library, or from those of its articles alone that `context` names."""

    def search(self, question: str, limit: int) -> list[Found] | None:
        """The passages found for a question, best first; None for a system that cannot show
        them."""

    def close(self) -> None:
        """Let go of what it holds."""


@runtime_checkable
class Converses(Protocol):
    """A system that can be asked in the course of a conversation."""

    def converse(self, history: Sequence[str], question: str) -> Reply:
        """Ask the questions of `history` one after the other, then this one; its reply."""

    def search_after(self, history: Sequence[str], question: str, limit: int) -> list[Found] | None:
        """The passages found for a question after those, which were not answered."""


@runtime_checkable
class Decides(Protocol):
    """A system that can tell whether a question leans on its conversation, and whether evidence
    supports a statement."""

    def leans(self, history: Sequence[tuple[str, str]], question: str) -> bool:
        """Whether the question needs the questions and answers before it."""

    def supports(self, statement: str, evidence: Sequence[Article]) -> bool:
        """Whether the articles, all together, support the statement."""


class Reading(NamedTuple):
    """What a reader was given and what it found."""

    hits: Sequence[Hit]
    evidence: list[Evidence]


class Overheard:
    """A reader that keeps what it read, so that nothing is read twice to be measured."""

    def __init__(self, reader: Reader) -> None:
        self.name = reader.name
        self.threshold = reader.threshold
        self.reader = reader
        self.readings: list[Reading] = []

    def read(
        self, question: str, hits: Sequence[Hit], *, typed: str | None = None
    ) -> list[Evidence]:
        """What the reader finds."""
        evidence = self.reader.read(question, hits, typed=typed)
        self.readings.append(Reading(hits, evidence))
        return evidence


def processors() -> int:
    """How many processors this process may use, where the system says so."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class AssistantSystem:
    """Groundwire itself, over one library."""

    name = "groundwire"
    workers = 1
    cites = True

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._threshold: float = assistant.threshold
        self._reader = Overheard(assistant.reader)
        assistant.reader = self._reader
        self._support = SupportChecker()

    @classmethod
    def open(cls, folder: str | Path, **options: Unpack[Options]) -> AssistantSystem:
        """Over the library in `folder`; options as for `Assistant`."""
        return cls(Assistant.open(folder, **options))

    def settings(self) -> Mapping[str, str]:
        """Reader, embedding model, and the options of the assistant."""
        manifest = self._assistant.library.manifest
        writer = self._assistant.writer
        return {
            "reader": f"{self._reader.name} ({type(self._reader.reader).__name__})",
            "embedding": manifest.model,
            "passage_tokens": str(manifest.passage_tokens),
            "passages": str(self._assistant.passages),
            "search": self._assistant.search_kind,
            "sentences": str(self._assistant.max_sentences),
            "threshold": f"{self._threshold:g}",
            "processors": str(processors()),
            **({"llm": writer.name, "prompt": prompt_version()} if writer else {}),
        }

    def ask(self, question: str, context: Sequence[Article] | None = None) -> Reply:
        """The assistant's answer. Beside an abstention stands what it held back; the time that
        takes is not counted."""
        where = None if context is None else self._only(context)
        self._reader.readings.clear()
        started = time.perf_counter()
        answer = self._assistant.ask(question, where=where)
        elapsed = time.perf_counter() - started
        readings = self._reader.readings
        unsaid = None
        if not answer.answered and readings:
            held_back = compose(
                question,
                readings[-1].evidence,
                readings[-1].hits,
                threshold=0.0,
                max_sentences=self._assistant.max_sentences,
            )
            unsaid = _reply(held_back) if held_back.answered else None
        return replace(
            _reply(answer, unsaid=unsaid, latency_s=elapsed),
            given=None if context is not None or not readings else _given(readings),
            read_first=_read_first(readings[0]) if readings else None,
        )

    def converse(self, history: Sequence[str], question: str) -> Reply:
        """The answer of a conversation that was asked all of these. What an abstention held back
        is not known."""
        conversation = self._assistant.conversation()
        for earlier in history:
            conversation.ask(earlier)
        started = time.perf_counter()
        answer = conversation.ask(question)
        return _reply(answer, latency_s=time.perf_counter() - started)

    def search_after(self, history: Sequence[str], question: str, limit: int) -> list[Found] | None:
        """The passages of a conversation that knows the questions alone."""
        conversation = self._assistant.conversation(history=[(asked, "") for asked in history])
        asked = conversation.understand(question)
        hits = self._assistant.search(asked.question, limit=limit, background=asked.background)
        return list(_found(hits))

    def leans(self, history: Sequence[tuple[str, str]], question: str) -> bool:
        """What the rules say; no article is looked at."""
        earlier = [Exchange(asked, said, said or None) for asked, said in history]
        return understand(question, earlier).leans

    def supports(self, statement: str, evidence: Sequence[Article]) -> bool:
        """What the support check says; the library is not looked at."""
        return self._support.check(statement, [article.text for article in evidence]).supported

    def search(self, question: str, limit: int) -> list[Found] | None:
        """The assistant's passages."""
        return list(_found(self._assistant.search(question, limit=limit)))

    def close(self) -> None:
        """Let go of the library."""
        self._assistant.close()

    def _only(self, articles: Sequence[Article]) -> Filter:
        """A filter for these articles. Raises LibraryError where the library lacks one."""
        for article in articles:
            self._assistant.library.article(article.id)
        return Filter(articles=tuple(article.id for article in articles))


def _found(hits: Iterable[Hit]) -> tuple[Found, ...]:
    return tuple(
        Found(hit.article.source, hit.passage.span.start, hit.passage.span.end) for hit in hits
    )


def _given(readings: Sequence[Reading]) -> tuple[Found, ...]:
    """The passages that were read, of a question that asks several things by turns."""
    turns = zip_longest(*(_found(reading.hits) for reading in readings))
    return tuple(dict.fromkeys(found for turn in turns for found in turn if found))


def _read_first(reading: Reading) -> Found | None:
    """The passage of the best evidence, which the reader put before all others."""
    if not reading.evidence:
        return None
    best = reading.evidence[0]
    holding = (
        hit
        for hit in reading.hits
        if hit.article.id == best.article.id and hit.passage.span.overlaps(best.span)
    )
    return next(iter(_found(holding)), None)


def _reply(answer: Answer, *, unsaid: Reply | None = None, latency_s: float = 0.0) -> Reply:
    from ingest.tokens import count_tokens

    return Reply(
        text=answer.text,
        answered=answer.answered,
        short=answer.short,
        confidence=answer.confidence,
        citations=tuple(Cited(c.article.source, c.start, c.end, c.quote) for c in answer.citations),
        unsaid=unsaid,
        latency_s=latency_s,
        tokens=count_tokens(answer.text),
        wording=Wording.of(answer),
    )


def reply_from_json(record: Mapping[str, Any]) -> Reply:
    """The reply that `dataclasses.asdict` wrote."""
    unsaid, given, first = (record.get(name) for name in ("unsaid", "given", "read_first"))
    wording = record.get("wording")
    return Reply(
        **{
            **record,
            "citations": tuple(Cited(**cited) for cited in record["citations"]),
            "unsaid": reply_from_json(unsaid) if unsaid else None,
            "given": None if given is None else tuple(Found(**one) for one in given),
            "read_first": Found(**first) if first else None,
            "wording": _wording_from_json(wording) if wording else None,
        }
    )


def _wording_from_json(record: Mapping[str, Any]) -> Wording:
    shown = tuple(Worded(one["text"], tuple(one["quotes"])) for one in record["shown"])
    return Wording(**{**record, "shown": shown})
