"""Answers: sentences, and the exact characters of the sources that they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ingest.article import Article, Span

ABSTENTION = "The articles do not say."

SentenceKind = Literal["quote", "generated", "abstention", "notice"]
Stance = Literal["answer", "dispute"]
_UNCITED = ("abstention", "notice")


def abstention_of(asked: str) -> str:
    """What is said where the articles answer other parts of a question, and not what is `asked`."""
    return f"{ABSTENTION.removesuffix('.')}: “{asked}”"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of an article, read for a question.

    `confidence` is the probability (0 to 1) that the sentence answers it; `short` is where the
    words that answer are, or None; `relevance` ranks sentences of one question.
    """

    article: Article
    span: Span
    confidence: float
    relevance: float
    short: Span | None = None

    @property
    def quote(self) -> str:
        """The sentence's own words."""
        return self.span.of(self.article.text)


@dataclass(frozen=True, slots=True)
class Citation:
    """The characters `start:end` of one version of an article, and what they say.

    Always `article.text[start:end] == quote`: a citation that would not hold cannot be made.
    """

    number: int
    article: Article
    start: int
    end: int
    quote: str
    page: int | None = None

    def __post_init__(self) -> None:
        inside = 0 <= self.start < self.end <= len(self.article.text)
        if not inside or self.article.text[self.start : self.end] != self.quote:
            raise ValueError(
                f"Citation [{self.number}] does not hold: {self.article.source!r} has other words"
                f" at {self.start}:{self.end}."
            )

    @property
    def version(self) -> str:
        """SHA-256 of the article's text that the offsets refer to."""
        return self.article.version

    def json(self) -> dict[str, Any]:
        """The citation's part of an answer's JSON."""
        return {
            "number": self.number,
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
            "version": self.version,
            "page": self.page,
            "article": self.article.metadata(),
        }


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A sentence of an answer. `stance` is "dispute" where it denies or contradicts the answer.

    A "notice" is Groundwire speaking of itself or of its catalog, in words of its own that say
    nothing of what articles say; everything else is cited, or is the abstention, which may be of a
    part of the question.
    """

    text: str
    kind: SentenceKind
    citations: tuple[Citation, ...] = ()
    stance: Stance = "answer"

    def __post_init__(self) -> None:
        if (self.kind in _UNCITED) == bool(self.citations):
            raise ValueError(f"A sentence must be cited, or be the abstention: {self.text!r}.")
        if self.kind == "abstention" and not self.text.startswith(ABSTENTION.removesuffix(".")):
            raise ValueError(f"An abstention says only {ABSTENTION!r}, not {self.text!r}.")

    @property
    def marks(self) -> str:
        """The numbers of the citations, as "[1][2]"."""
        return "".join(f"[{c.number}]" for c in self.citations)


@dataclass(frozen=True)
class Answer:
    """What the articles say to a question, or that they do not say.

    Nothing in it is uncited: `short` stands in the first sentence or in a quote it cites.
    `confidence` is the probability that the answer is right. `closest` are passages that an
    abstention may show; they are no answer. `dates` say which days words such as "on Tuesday" mean
    in the quotes, by the dates of their articles: ISO, a range as FROM/TO.

    Of a language model's sentences, `generated` are shown in its words, `copied` are evidence word
    for word and shown as quotes, in place of `replaced` a quote stands, and `dropped` were left
    out, as not supported or said already. `notice` says what went wrong with the model, if
    anything did; `usage` is what it was asked: requests, tokens, and dollars where the price is
    known.
    """

    question: str
    sentences: tuple[AnswerSentence, ...]
    confidence: float
    short: str | None = None
    standalone_question: str | None = None
    closest: tuple[Citation, ...] = ()
    dates: Mapping[str, str] = field(default_factory=dict)
    copied: int = 0
    replaced: int = 0
    dropped: int = 0
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    engine: Mapping[str, str] = field(default_factory=dict)
    notice: str | None = None
    usage: Mapping[str, float] = field(default_factory=dict)

    @property
    def generated(self) -> int:
        """How many sentences are in a language model's words."""
        return sum(sentence.kind == "generated" for sentence in self.sentences)

    @property
    def answered(self) -> bool:
        """False where the articles do not say, or were not asked."""
        return any(sentence.kind not in _UNCITED for sentence in self.sentences)

    @property
    def text(self) -> str:
        """The sentences with their citation marks."""
        return " ".join(f"{s.text} {s.marks}".strip() for s in self.sentences)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Every citation once, by number."""
        distinct = {c.number: c for sentence in self.sentences for c in sentence.citations}
        return tuple(distinct[number] for number in sorted(distinct))

    def json(self) -> dict[str, Any]:
        """The documented JSON form, the same for the command line, the HTTP API and exports."""
        return {
            "question": self.question,
            "standalone_question": self.standalone_question,
            "answered": self.answered,
            "short": self.short,
            "text": self.text,
            "sentences": [
                {
                    "text": sentence.text,
                    "kind": sentence.kind,
                    "stance": sentence.stance,
                    "citations": [c.number for c in sentence.citations],
                }
                for sentence in self.sentences
            ],
            "citations": [c.json() for c in self.citations],
            "closest": [c.json() for c in self.closest],
            "confidence": round(self.confidence, 4),
            "dates": dict(self.dates),
            "generated": self.generated,
            "copied": self.copied,
            "replaced": self.replaced,
            "dropped": self.dropped,
            "timings_ms": {name: round(ms, 1) for name, ms in self.timings_ms.items()},
            "engine": dict(self.engine),
            "notice": self.notice,
            "usage": dict(self.usage),
        }

    def __str__(self) -> str:
        from rag.render import as_text

        return as_text(self)
