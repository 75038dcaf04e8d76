"""CLAP NQ: long-form answers grounded in sentences of one passage, and unanswerable questions.

Rosenthal et al. 2024, "CLAPnq: Cohesive Long-form Answers from Passages in Natural Questions"
(arXiv 2404.02103).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.benchmark import Asked, Benchmark, Gold, Item, Scores, contexts, digest_files
from eval.benchmarks.files import first_file, objects, read_lines, text_of
from eval.benchmarks.local import places
from eval.errors import EvalError
from eval.scoring import score_answer
from ingest.article import Article

_MEASURES = (
    "evidence_precision",
    "evidence_recall",
    "first_evidence",
    "words",
    "abstention_precision",
    "abstention_recall",
    "abstention_f1",
    "hallucination_rate",
    "error_rate",
    "error_sum",
    "best_error_sum",
    "best_hallucination_rate",
    "best_error_rate",
    "answerability_auc",
    "citation_validity",
    "alce_recall",
    "alce_precision",
    "latency_p50",
    "latency_p95",
    "failed",
)


def load(path: str | Path, *, split: str | None = None) -> Benchmark:
    """A folder with `answerable.jsonl` and `unanswerable.jsonl`: `{id, input, passages[{title,
    text, sentences[]}], output[{answer, selected_sentences[]}]}`.

    Each question is asked of its own passage. The gold sentences are those that any annotator
    selected; recall counts each of them.
    """
    folder = Path(path)
    if split not in (None, "dev"):
        raise EvalError(f"CLAP NQ is read from one folder; there is no split {split!r}.")
    files = [first_file(folder, [f"{name}.jsonl"]) for name in ("answerable", "unanswerable")]
    items = [
        *read_lines(files[0], lambda entry: _item(entry, answerable=True)),
        *read_lines(files[1], lambda entry: _item(entry, answerable=False)),
    ]
    return Benchmark(
        name="clapnq",
        split="dev",
        data=digest_files(files),
        items=tuple(items),
        score=_score,
        measures=_MEASURES,
        articles=contexts(items),
        notes=(
            "Gold sentences are those that any annotator selected: an answer of few sentences"
            " cannot recall all.",
            "Long-form answers have no aliases, so whether an answer is right is not judged.",
        ),
    )


def _score(
    item: Item, asked: Asked, articles: Mapping[str, Article], *, cites: bool = True
) -> Scores:
    return score_answer(item, asked, articles, cites=cites)


def _item(entry: Mapping[str, Any], *, answerable: bool) -> Item:
    identifier = text_of(entry, "id")
    context = tuple(
        Article(source=f"{identifier}/{number}", text=passage["text"], title=passage.get("title"))
        for number, passage in enumerate(objects(entry, "passages"), start=1)
    )
    outputs = list(objects(entry, "output")) if answerable else []
    selected = dict.fromkeys(
        sentence.strip() for output in outputs for sentence in output["selected_sentences"]
    )
    articles = {article.source: article for article in context}
    evidence = tuple(
        spans
        for sentence in selected
        if (spans := tuple(s for source in articles for s in places(articles, source, sentence)))
    )
    if answerable and not evidence:
        raise ValueError("none of the selected sentences stands in the passage")
    return Item(
        id=identifier,
        question=text_of(entry, "input"),
        answerable=answerable,
        gold=Gold(
            evidence=evidence,
            reference=text_of(outputs[0], "answer") if outputs else None,
        ),
        cluster=identifier,
        type="answerable" if answerable else "unanswerable",
        context=context,
    )
