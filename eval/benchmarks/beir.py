"""Retrieval benchmarks in BEIR's layout: a corpus, queries, and judged pairs.

Thakur et al. 2021, "BEIR" (arXiv 2104.08663).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.benchmark import Benchmark, Gold, Item, digest_files
from eval.benchmarks.files import first_file, read_lines, read_qrels, text_of
from eval.errors import EvalError
from eval.scoring import RANKING_CUTOFFS, score_ranking
from ingest.article import Article

MEASURES = (
    "ndcg@10",
    "recall@10",
    "recall@100",
    "mrr@10",
    *(f"recall@{k}" for k in (1, 3, 5, 20)),
    "latency_p50",
    "latency_p95",
    "failed",
)


def load(path: str | Path, *, split: str | None = None) -> Benchmark:
    """A folder with `corpus.jsonl`, `queries.jsonl` (or `queries_SPLIT.jsonl`) and
    `qrels/SPLIT.tsv` (or `qrels_SPLIT.tsv`). The split is "test" unless another is named.

    Documents rank by their best passage among the hundred best passages.
    """
    folder, split = Path(path), split or "test"
    corpus = first_file(folder, ["corpus.jsonl"])
    queries = first_file(folder, [f"queries_{split}.jsonl", "queries.jsonl"])
    qrels = first_file(folder, [f"qrels/{split}.tsv", f"qrels_{split}.tsv", "qrels.tsv"])
    judged = read_qrels(qrels)
    items = [
        Item(identifier, question, True, Gold(judged=judged[identifier]), identifier)
        for identifier, question in read_lines(queries, _query)
        if any(judged.get(identifier, {}).values())
    ]
    if not items:
        raise EvalError(f"No query of {str(queries)!r} is judged in {str(qrels)!r}.")
    articles, empty = read_corpus(corpus)
    return Benchmark(
        name=f"beir-{folder.resolve().name}",
        split=split,
        data=digest_files([corpus, queries, qrels]),
        items=tuple(items),
        score=score_ranking,
        measures=MEASURES,
        articles=articles,
        task="retrieve",
        search_depth=max(RANKING_CUTOFFS),
        notes=corpus_notes(articles, empty),
    )


def read_corpus(path: Path) -> tuple[dict[str, Article], int]:
    """The documents by their ids, and how many are left out because they are empty."""
    documents = read_lines(path, _document)
    articles = {article.source: article for article in documents if article is not None}
    return articles, documents.count(None)


def corpus_notes(articles: Mapping[str, Article], empty: int) -> tuple[str, ...]:
    """What a report says of the corpus."""
    left_out: Sequence[str] = (f"{empty} empty documents are left out.",) if empty else ()
    return (
        f"{len(articles)} documents; a document ranks where its best passage does.",
        *left_out,
    )


def _document(entry: Mapping[str, Any]) -> Article | None:
    text, title = text_of(entry, "text"), entry.get("title") or None
    if not text.strip() and not title:
        return None
    return Article(
        source=str(entry["_id"]), text=text if text.strip() else title or "", title=title
    )


def _query(entry: Mapping[str, Any]) -> tuple[str, str]:
    return str(entry["_id"]), text_of(entry, "text")
