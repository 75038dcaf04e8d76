"""The local question set over the sample articles that ship with the package."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from eval.benchmark import Benchmark, Gold, Item, digest_files
from eval.check import load_articles
from eval.errors import EvalError
from eval.libraries import articles_digest
from eval.measures import ArticleSpan, contains_answer
from eval.questions import LOCAL_ARTICLES, LOCAL_QUESTIONS, SPLITS, Question, load_questions
from eval.scoring import CUTOFFS, score_answer
from ingest.article import Article, Span

MEASURES = (
    "right",
    "right_answerable",
    "words",
    "evidence_precision",
    "first_evidence",
    "evidence_recall",
    "abstention_precision",
    "abstention_recall",
    "abstention_f1",
    "answerability_auc",
    "aurc",
    "ece",
    "read_first_article",
    *(f"article_recall@{k}" for k in CUTOFFS),
    *(f"quote_recall@{k}" for k in CUTOFFS),
    "citation_validity",
    "alce_recall",
    "alce_precision",
    "latency_p50",
    "latency_p95",
    "tokens",
    "failed",
)
_NOTES = (
    "Turns of chains are asked in their stand-alone form.",
    "Intervals resample chains, and otherwise the first gold article (for a question without an"
    " answer, its story).",
)


def load(
    path: str | Path | None = None,
    *,
    split: str | None = None,
    articles_folder: str | Path = LOCAL_ARTICLES,
) -> Benchmark:
    """The questions of `split` (both without one) of a file in the format of docs/questions.md."""
    path = Path(path or LOCAL_QUESTIONS)
    if split is not None and split not in SPLITS:
        raise EvalError(f"There is no split {split!r}.", remedy=f"Use {' or '.join(SPLITS)}.")
    articles = load_articles(articles_folder)
    questions = [q for q in load_questions(path) if split in (None, q.split)]
    items = tuple(item_of(question, articles) for question in questions)
    data = hashlib.sha256((digest_files([path]) + articles_digest(articles)).encode()).hexdigest()
    return Benchmark(
        name="local",
        split=split or "all",
        data=data,
        items=items,
        score=score_answer,
        measures=MEASURES,
        articles=articles,
        search_depth=max(CUTOFFS),
        notes=_NOTES,
    )


def item_of(question: Question, articles: Mapping[str, Article]) -> Item:
    """A question in its stand-alone form, with its gold."""
    first = question.quotes[0].article if question.quotes else f"{question.story}: no answer"
    return Item(
        id=question.id,
        question=question.asked,
        answerable=question.answerable,
        gold=Gold(
            parts=question.answers,
            derived=question.derived,
            evidence=_evidence(question, articles),
            reference=question.abstention,
        ),
        cluster=question.chain or first,
        type=question.type,
        tags=_tags(question),
    )


def _tags(question: Question) -> tuple[str, ...]:
    """What a report breaks the figures down by, beside the type."""
    kind = "answerable" if question.answerable else f"near miss: {question.near_miss}"
    if not question.answerable and question.near_miss is None:
        kind = "plainly outside"
    turn = ("first turn" if question.turn == 1 else "follow-up",) if question.chain else ()
    return (kind, f"story: {question.story}", *turn)


def _evidence(
    question: Question, articles: Mapping[str, Article]
) -> tuple[tuple[ArticleSpan, ...], ...]:
    """For each part of the answer every place that says it; one part for a derived answer."""
    if not question.answerable:
        return ()
    parts = [None] if question.derived else question.answers
    found = tuple(
        tuple(
            span
            for quote in question.quotes
            if part is None or contains_answer(quote.quote, [part])
            for span in places(articles, quote.article, quote.quote)
        )
        for part in parts
    )
    if not all(found):
        raise EvalError(
            f"The gold of question {question.id!r} does not stand in its articles.",
            remedy="`groundwire eval check` says what is wrong.",
        )
    return found


def places(articles: Mapping[str, Article], source: str, words: str) -> list[ArticleSpan]:
    """Everywhere that an article has these words."""
    text = articles[source].text if source in articles else ""
    found: list[ArticleSpan] = []
    start = text.find(words)
    while start >= 0:
        found.append(ArticleSpan(source, Span(start, start + len(words))))
        start = text.find(words, start + 1)
    return found
