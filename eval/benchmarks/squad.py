"""SQuAD 1.1 and 2.0: on the given paragraph, or with all paragraphs as the library.

Rajpurkar et al. 2016 (arXiv 1606.05250), Rajpurkar, Jia and Liang 2018 (arXiv 1806.03822).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval.benchmark import Benchmark, Gold, Item, contexts, digest_files
from eval.benchmarks.beir import MEASURES as RANKING_MEASURES
from eval.benchmarks.files import objects, read_lines, read_text, text_of
from eval.benchmarks.local import places
from eval.errors import EvalError
from eval.measures import ArticleSpan
from eval.measures.tokens import comparable_tokens
from eval.scoring import CUTOFFS, RANKING_CUTOFFS, score_ranking, score_squad
from ingest.article import Article, clean

_MEASURES = (
    "exact",
    "f1",
    "has_answer_exact",
    "has_answer_f1",
    "no_answer_exact",
    "best_exact",
    "best_f1",
    "best_has_answer_f1",
    "best_no_answer",
    "right",
    "right_answerable",
    "words",
    "evidence_precision",
    "evidence_recall",
    "abstention_precision",
    "abstention_recall",
    "abstention_f1",
    "answerability_auc",
    "aurc",
    "ece",
)
_LAST = (
    "citation_validity",
    "alce_recall",
    "alce_precision",
    "latency_p50",
    "latency_p95",
    "tokens",
    "failed",
)
_RETRIEVAL = (
    "read_first_article",
    *(f"{what}_recall@{k}" for what in ("article", "quote") for k in CUTOFFS),
)


def load(path: str | Path, *, split: str | None = None, mode: str = "reader") -> Benchmark:
    """SQuAD's own JSON, or one question a line: `{id, title, context, question, answers[{text,
    answer_start}], is_impossible}`.

    `mode` is "reader" (each question with its paragraph), "open" (all paragraphs are the library;
    questions without an answer in their paragraph are left out, for another paragraph may answer
    them) or "search" (the same, but the paragraph is looked for and not read). Intervals resample
    SQuAD's articles.
    """
    path = Path(path)
    if split not in (None, "dev"):
        raise EvalError(f"SQuAD is read from one file; there is no split {split!r}.")
    items = [item for item in _items(path) if mode == "reader" or item.answerable]
    articles = contexts(items)
    if mode == "search":
        return _retrieval(path, items, articles)
    is_open = mode == "open"
    if is_open:
        items = [replace(item, context=None) for item in items]
    return Benchmark(
        name=f"squad-{mode}",
        split="dev",
        data=digest_files([path]),
        items=tuple(items),
        score=score_squad,
        measures=(*_MEASURES, *(_RETRIEVAL if is_open else ()), *_LAST),
        articles=articles,
        library="squad-open",
        search_depth=max(CUTOFFS) if is_open else 0,
        notes=(f"{path.name}; intervals resample SQuAD's articles.",),
    )


def _retrieval(path: Path, items: list[Item], articles: Mapping[str, Article]) -> Benchmark:
    """The question as a query for its paragraph."""
    queries = [
        replace(item, context=None, gold=Gold(judged={article.source: 1 for article in context}))
        for item in items
        if (context := item.context)
    ]
    return Benchmark(
        name="squad-search",
        split="dev",
        data=digest_files([path]),
        items=tuple(queries),
        score=score_ranking,
        measures=RANKING_MEASURES,
        articles=articles,
        task="retrieve",
        search_depth=max(RANKING_CUTOFFS),
        notes=(f"{path.name}; intervals resample SQuAD's articles.",),
        library="squad-open",
    )


def _items(path: Path) -> list[Item]:
    if ".jsonl" in path.suffixes:
        return read_lines(path, _item)
    try:
        return [_item(entry) for entry in _flat(json.loads(read_text(path)))]
    except (ValueError, KeyError, TypeError) as error:
        raise EvalError(f"{str(path)!r} is not in SQuAD's format: {error!r}.") from error


def _flat(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The questions of SQuAD's own nested JSON, each with its paragraph."""
    for article in document["data"]:
        for paragraph in article["paragraphs"]:
            for question in paragraph["qas"]:
                yield {**question, "title": article["title"], "context": paragraph["context"]}


def _item(entry: Mapping[str, Any]) -> Item:
    title, context = text_of(entry, "title"), text_of(entry, "context")
    answers = list(objects(entry, "answers"))
    source = f"{title}/{hashlib.sha256(context.encode()).hexdigest()[:12]}"
    article = Article(source=source, text=context, title=title.replace("_", " "))
    golds = tuple(dict.fromkeys(text_of(answer, "text") for answer in answers))
    usable = tuple(gold for gold in golds if comparable_tokens(gold))
    return Item(
        id=text_of(entry, "id"),
        question=text_of(entry, "question").strip(),
        answerable=bool(answers),
        gold=Gold(
            parts=(usable,) if usable else (),
            evidence=(_spans(article, context, answers),) if answers else (),
            short=golds,
        ),
        cluster=title,
        type="has answer" if answers else "no answer",
        context=(article,),
    )


def _spans(
    article: Article, context: str, answers: list[Mapping[str, Any]]
) -> tuple[ArticleSpan, ...]:
    """Where the answers stand in the cleaned text, which has lost what nobody can see."""
    found = []
    for answer in answers:
        start, stated = answer["answer_start"], text_of(answer, "text")
        if context[start : start + len(stated)] != stated:
            raise ValueError(f"the paragraph does not say {stated!r} at {start}")
        spans = places({article.source: article}, article.source, clean(stated))
        if not spans:
            raise ValueError(f"the paragraph does not say {stated!r}")
        found.append(min(spans, key=lambda span: abs(span.span.start - start)))
    return tuple(dict.fromkeys(found))
