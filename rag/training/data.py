"""Training questions: SQuAD-style JSON lines, cleaned, split by article, tokenised once."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

Ids: TypeAlias = NDArray[np.int32]

MAX_ANSWER_WORDS = 15
MAX_QUESTION_TOKENS = 48
MIN_TITLES_TO_SPLIT_BY = 100
# Sources whose titles name what the context is about; other questions get an empty title.
TITLED = frozenset(
    {"squad2_train10", "squadshifts_new_wiki", "nq_open_oracle", "quoref_contrast", "fairytaleqa"}
)
_SENTENCE_END = re.compile(r"[.!?][\"')\]]*\s+(?=\S)|\n+(?=\S)")
_EDGES = " \t\n\r,;:.!?"


@dataclass(frozen=True)
class Span:
    """An answer: `context[start:end]`, in code points."""

    start: int
    end: int


@dataclass(frozen=True)
class Question:
    """One question about one context; without spans it has no answer there."""

    id: str
    source: str
    article: str
    title: str
    context: str
    text: str
    spans: tuple[Span, ...]

    @cached_property
    def answers(self) -> tuple[str, ...]:
        """The words of the answers, in the order of the spans."""
        return tuple(self.context[span.start : span.end] for span in self.spans)


@dataclass(frozen=True)
class Split:
    """Questions to train on and questions held out, with no context in both."""

    train: tuple[Question, ...]
    held_out: tuple[Question, ...]


def read_questions(folder: Path) -> list[Question]:
    """Every usable question of the `*.jsonl.gz` files in `folder`, in a fixed order.

    Questions whose answers are all longer than `MAX_ANSWER_WORDS` are left out: such spans
    teach the reader to answer with whole sentences.
    """
    files = sorted(folder.glob("*.jsonl.gz"))
    if not files:
        raise FileNotFoundError(f"no *.jsonl.gz files in {str(folder)!r}: see docs/reader.md")
    questions: list[Question] = []
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            rows = (json.loads(line) for line in lines)
            questions.extend(q for row in rows if (q := _question(row)) is not None)
    return questions


def _question(row: dict[str, Any]) -> Question | None:
    context, text = str(row["context"]), str(row["question"]).strip()
    spans: list[Span] = []
    if not row["is_impossible"]:
        answers = ((a["answer_start"], a["text"]) for a in row["answers"])
        offsets = ((start, start + len(text)) for start, text in answers)
        spans = clean_spans(context, [Span(start, end) for start, end in offsets])
        if not spans:
            return None
    source, identity, title = str(row["source"]), str(row["id"]), str(row["title"])
    article = _article(source, identity, title, context)
    title = unquote(title).replace("_", " ") if source in TITLED else ""
    return Question(identity, source, f"{source}/{article}", title, context, text, tuple(spans))


def _article(source: str, identity: str, title: str, context: str) -> str:
    """What the context is a part of; QAMR says so in its ids, Reddit posts stand alone."""
    if source == "qamr" and identity.count(":") > 2:
        return identity.split(":")[2]
    if source == "squadshifts_reddit":
        return str(zlib.crc32(context.encode()))
    return title


def clean_spans(context: str, spans: Iterable[Span]) -> list[Span]:
    """The distinct spans, shortest first, without blanks and punctuation at their edges.

    Spans that are too long, or far longer than the shortest, are dropped.
    """
    trimmed = {_trim(context, span) for span in spans}
    ordered = sorted(trimmed, key=lambda span: (span.end - span.start, span.start))
    kept = [s for s in ordered if 0 < _words(context, s) <= MAX_ANSWER_WORDS]
    if not kept:
        return []
    most = 2 * _words(context, kept[0]) + 4
    return [span for span in kept if _words(context, span) <= most]


def _words(context: str, span: Span) -> int:
    return len(context[span.start : span.end].split())


def _trim(context: str, span: Span) -> Span:
    start, end = span.start, span.end
    while start < end and context[start] in _EDGES:
        start += 1
    while end > start and context[end - 1] in _EDGES:
        end -= 1
    return Span(start, end)


def split_by_article(questions: Sequence[Question], every: int = 33) -> Split:
    """Hold out about one article in `every`; by context in a source that has few articles."""
    articles: dict[str, set[str]] = {}
    for question in questions:
        articles.setdefault(question.source, set()).add(question.article)
    train: list[Question] = []
    held_out: list[Question] = []
    for question in questions:
        by_article = len(articles[question.source]) >= MIN_TITLES_TO_SPLIT_BY
        key = question.article if by_article else question.context
        held = zlib.crc32(key.encode()) % every == 0
        (held_out if held else train).append(question)
    seen = {question.context for question in held_out}
    return Split(tuple(q for q in train if q.context not in seen), tuple(held_out))


def repeat_unanswerable(questions: Sequence[Question], times: int) -> list[Question]:
    """The questions, with those that people wrote to have no answer `times` times where they are
    fewer than a fifth of their source."""
    total = sources(questions)
    silent = sources(q for q in questions if not q.spans)
    rare = {source for source in silent if 5 * silent[source] < total[source]}
    return [q for q in questions for _ in range(1 if q.spans or q.source not in rare else times)]


@dataclass(frozen=True)
class Encoded:
    """A tokenised text: token ids, their code point offsets, tokens that open a sentence."""

    ids: Ids
    starts: Ids
    ends: Ids
    sentences: tuple[int, ...]

    def tokens(self, span: Span) -> tuple[int, int]:
        """First and last token that touch the span."""
        first = int(np.searchsorted(self.ends, span.start, side="right"))
        last = int(np.searchsorted(self.starts, span.end, side="left")) - 1
        return first, max(first, last)


class TextEncoder:
    """Tokenises each text once and remembers it."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._known: dict[str, Encoded] = {}

    def add(self, texts: Iterable[str]) -> None:
        """Tokenise many texts at once."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        encodings = self._tokenizer.encode_batch(new, add_special_tokens=False)
        for text, encoding in zip(new, encodings, strict=True):
            offsets = np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2)
            starts, ends = offsets[:, 0].copy(), offsets[:, 1].copy()
            marks = [0, *(match.end() for match in _SENTENCE_END.finditer(text))]
            sentences = sorted({int(np.searchsorted(starts, mark)) for mark in marks})
            ids = np.array(encoding.ids, dtype=np.int32)
            opening = tuple(index for index in sentences if index < len(ids))
            self._known[text] = Encoded(ids, starts, ends, opening)

    def __call__(self, text: str) -> Encoded:
        if text not in self._known:
            self.add([text])
        return self._known[text]


def sources(questions: Iterable[Question]) -> Counter[str]:
    """How many questions each source has."""
    return Counter(question.source for question in questions)


def with_text(question: Question, text: str) -> Question:
    """The same context under another question, to which it holds no answer."""
    return replace(question, text=text, spans=())
