"""Questions about invented news, written by hand for this reader: near misses above all.

`questions/news.jsonl` holds a passage a line, `{title, context, questions[{q, a}]}`; `a` lists
the right answers, each as it stands in the context, or is null where the context does not say.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from .data import Question, Span, clean_spans

SOURCE = "news"
FILE = Path(__file__).parent / "questions" / "news.jsonl"


def written_questions(file: Path = FILE) -> list[Question]:
    """The questions of `file`, in its order. Raises ValueError for an answer that its context does
    not have."""
    with file.open(encoding="utf-8") as lines:
        return [q for number, line in enumerate(lines) for q in _of_passage(number, line)]


def _of_passage(number: int, line: str) -> Iterator[Question]:
    row = json.loads(line)
    title, context = row["title"], row["context"]
    article = f"{SOURCE}/{number}"
    for place, asked in enumerate(row["questions"]):
        spans = [_span(context, answer, article) for answer in asked["a"] or ()]
        kept = tuple(clean_spans(context, spans))
        if kept or not spans:
            yield Question(f"{article}/{place}", SOURCE, article, title, context, asked["q"], kept)


def _span(context: str, answer: str, article: str) -> Span:
    start = context.find(answer)
    if start < 0:
        raise ValueError(f"{article}: {answer!r} is not in its context")
    return Span(start, start + len(answer))
