"""A benchmark: questions with their gold, the articles to ask, and the measures that apply."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from eval.errors import EvalError
from eval.measures import ArticleSpan
from eval.system import Found, Reply
from ingest.article import Article

Task = Literal["answer", "retrieve", "decide"]
DRAWING_SEED = 20260101

Scores = dict[str, float | None]
"""A score for each measure; None where the measure does not exist for the question."""


@dataclass(frozen=True, slots=True)
class Gold:
    """What is right for one question; each benchmark fills what it knows.

    `parts` are what the answer must contain; `derived` says that they stand in no quote.
    `evidence` has, for each part (one for a derived answer), the spans of articles that say it.
    `short` are the golds of SQuAD; `judged` the grades of documents; `decision` whether yes is
    right, where there is something to decide; `reference` a model answer to show to a person.
    """

    parts: tuple[tuple[str, ...], ...] = ()
    derived: bool = False
    evidence: tuple[tuple[ArticleSpan, ...], ...] = ()
    short: tuple[str, ...] = ()
    judged: Mapping[str, int] = field(default_factory=dict)
    decision: bool | None = None
    reference: str | None = None

    @property
    def spans(self) -> list[ArticleSpan]:
        """All evidence, each span once."""
        return list(dict.fromkeys(span for part in self.evidence for span in part))


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a benchmark.

    `cluster` names what succeeds and fails together with it: an article, a conversation.
    `context` are those of the benchmark's articles to answer from; None means all of them.
    `history` are the questions of its conversation before it, and `said` what was answered to each,
    where the benchmark gives that too. A report breaks its figures down by `type` and by each of
    the `tags`.
    """

    id: str
    question: str
    answerable: bool
    gold: Gold
    cluster: str
    type: str = "all"
    context: tuple[Article, ...] | None = None
    tags: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


class Asked(NamedTuple):
    """What a system did with one item: its reply (None where it was not asked or failed), the
    passages it found (None where it showed none), the error if it failed, the time it took (None
    where it failed), and whether it decided for yes (None where it had nothing to decide)."""

    reply: Reply | None = None
    found: tuple[Found, ...] | None = None
    error: str | None = None
    latency_s: float | None = None
    decision: bool | None = None


class Score(Protocol):
    """The scores of one item. A failed item gets each measure's default, never nothing."""

    def __call__(
        self, item: Item, asked: Asked, articles: Mapping[str, Article], *, cites: bool
    ) -> Scores:
        """`articles` are those that may be cited; `cites` says whether the system does that at
        all."""


@dataclass(frozen=True)
class Benchmark:
    """Questions, the library to ask, and what is measured.

    `measures` are names in `eval.measure_table.MEASURES`, headline first. `data` is a digest of all
    that was read. `notes` say what a reader of the figures must know.
    """

    name: str
    split: str
    data: str
    items: tuple[Item, ...]
    score: Score
    measures: tuple[str, ...]
    articles: Mapping[str, Article] = field(default_factory=dict)
    task: Task = "answer"
    search_depth: int = 0
    notes: tuple[str, ...] = ()
    library: str | None = None
    """The name of the library in the cache, where benchmarks share one; None: its own name."""

    drawn_from: int | None = None
    """How many questions these were drawn from; None for all of them."""

    @property
    def library_name(self) -> str:
        """The name of the library in the cache."""
        return self.library or self.name


def digest_files(paths: Iterable[Path]) -> str:
    """SHA-256 of the files' contents, in order. Raises EvalError for one that cannot be read."""
    whole = hashlib.sha256()
    for path in paths:
        try:
            with path.open("rb") as stream:
                whole.update(hashlib.file_digest(stream, "sha256").digest())
        except OSError as error:
            raise EvalError(
                f"{str(path)!r} cannot be read: {error.strerror}.",
                remedy="Name the benchmark's files with --data.",
            ) from error
    return whole.hexdigest()


def contexts(items: Iterable[Item]) -> dict[str, Article]:
    """The articles that the questions bring, by source."""
    return {article.source: article for item in items for article in item.context or ()}


def limited(benchmark: Benchmark, limit: int | None) -> Benchmark:
    """The benchmark with `limit` of its questions, drawn by a fixed seed, in their order; all of
    them where it has no more. Its library stays whole."""
    if limit is None or limit >= len(benchmark.items):
        return benchmark
    if limit < 1:
        raise EvalError(f"The limit is a number of questions from 1, not {limit}.")
    drawn = sorted(random.Random(DRAWING_SEED).sample(range(len(benchmark.items)), limit))
    return replace(
        benchmark,
        items=tuple(benchmark.items[number] for number in drawn),
        drawn_from=len(benchmark.items),
    )
