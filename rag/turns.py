"""Turns of a conversation, and answers read back from their JSON form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ingest.article import Article
from rag.answer import Answer, AnswerSentence, Citation
from rag.dates import in_words

ArticleText = Callable[[str], str]
"""The version of an article (SHA-256 of its text) -> that text."""


@dataclass(frozen=True)
class Turn:
    """A question and its answer. `standalone_question` is what was asked of the articles where the
    question alone would not do; `asked_at` is ISO, in UTC."""

    question: str
    answer: Answer
    asked_at: str
    standalone_question: str | None = None

    @classmethod
    def of(cls, answer: Answer) -> Turn:
        """The turn that has just ended with this answer."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        return cls(answer.question, answer, now, answer.standalone_question)

    @property
    def focus(self) -> tuple[str, ...]:
        """The ids of the articles that the answer rests on, most important first."""
        return tuple(dict.fromkeys(c.article.id for c in self.answer.citations))

    @property
    def is_aside(self) -> bool:
        """Whether the turn was no question about what the articles say: nothing leans on it."""
        return "aside" in self.answer.engine

    def json(self) -> dict[str, Any]:
        """The turn's part of a conversation's JSON."""
        return {
            "question": self.question,
            "standalone_question": self.standalone_question,
            "asked_at": self.asked_at,
            "answer": self.answer.json(),
        }


@dataclass(frozen=True)
class Exchange:
    """What the next question may lean on: a question as it was asked of the articles, what was
    answered, and the articles it was answered from; `typed` is the question in the user's words,
    where they differ."""

    question: str
    answer: str = ""
    short: str | None = None
    articles: tuple[str, ...] = ()
    typed: str | None = None

    @classmethod
    def of(cls, turn: Turn) -> Exchange:
        """A turn as the next question sees it."""
        answer = turn.answer
        said = " ".join(s.text for s in answer.sentences if s.citations)
        short = in_words(answer.dates.get(answer.short or "")) or answer.short
        asked = turn.standalone_question or turn.question
        return cls(asked, said, short, turn.focus, turn.question)

    @property
    def texts(self) -> tuple[str, str]:
        """The question and the answer."""
        return self.question, self.answer


def answer_from_json(record: Mapping[str, Any], text_of: ArticleText) -> Answer:
    """The answer whose `json()` this is; its citations hold, as every citation does.

    Raises KeyError or ValueError for what is no answer, or where `text_of` gives other words.
    """
    numbered = {entry["number"]: _citation(entry, text_of) for entry in record["citations"]}
    return Answer(
        question=record["question"],
        sentences=tuple(
            AnswerSentence(
                entry["text"],
                entry["kind"],
                tuple(numbered[number] for number in entry["citations"]),
                entry["stance"],
            )
            for entry in record["sentences"]
        ),
        confidence=record["confidence"],
        short=record["short"],
        standalone_question=record["standalone_question"],
        closest=tuple(_citation(entry, text_of) for entry in record["closest"]),
        dates=record["dates"],
        copied=record.get("copied", 0),
        replaced=record["replaced"],
        dropped=record["dropped"],
        timings_ms=record["timings_ms"],
        engine=record["engine"],
        notice=record.get("notice"),
        usage=record.get("usage", {}),
    )


def _citation(entry: Mapping[str, Any], text_of: ArticleText) -> Citation:
    known = {name: value for name, value in entry["article"].items() if name != "id"}
    article = Article(text=text_of(entry["version"]), **known)
    return Citation(
        entry["number"], article, entry["start"], entry["end"], entry["quote"], entry["page"]
    )
