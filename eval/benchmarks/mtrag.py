"""MT-RAG: retrieval for the turns of conversations, as they were typed or as people rewrote them.

Katsis et al. 2025, "MTRAG: A Multi-Turn Conversational Benchmark" (arXiv 2501.03468).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.benchmark import Benchmark, Gold, Item, digest_files
from eval.benchmarks.beir import MEASURES, corpus_notes, read_corpus
from eval.benchmarks.files import first_file, read_lines, read_qrels, text_of
from eval.errors import EvalError
from eval.scoring import RANKING_CUTOFFS, score_ranking

_TURN = "<::>"
_SPEAKER = "|user|:"
_EVEN = frozenset("02468ace")


def load(path: str | Path, *, split: str | None = None, form: str = "lastturn") -> Benchmark:
    """The folder of one domain: `corpus.jsonl`, `queries_FORM.jsonl` and `qrels.tsv`.

    `form` is "lastturn" (each turn as it was typed, without its conversation), "questions" (the
    turns of the user up to it, a line each), "rewrite" (as a person rewrote it to stand alone) or
    "conversation" (as it was typed, after the turns of the user before it).
    The split "dev" has the conversations whose id begins with
    an even hexadecimal digit, "test" the others. Intervals resample conversations.
    """
    folder = Path(path)
    if split not in (None, "dev", "test"):
        raise EvalError(f"There is no split {split!r}.", remedy="Use dev or test.")
    corpus = first_file(folder, ["corpus.jsonl"])
    typed = "questions" if form == "conversation" else form
    queries = first_file(folder, [f"queries_{typed}.jsonl"])
    qrels = first_file(folder, ["qrels.tsv"])
    judged = read_qrels(qrels)
    items = [
        Item(
            identifier,
            "\n".join(turns) if form != "conversation" else turns[-1],
            True,
            Gold(judged=judged[identifier]),
            identifier.partition(_TURN)[0],
            type=f"turn {identifier.partition(_TURN)[2]}",
            tags=("first turn" if identifier.partition(_TURN)[2] == "1" else "follow-up",),
            history=turns[:-1] if form == "conversation" else (),
        )
        for identifier, turns in read_lines(queries, _query)
        if any(judged.get(identifier, {}).values()) and split in (None, _split(identifier))
    ]
    articles, empty = read_corpus(corpus)
    domain = folder.resolve().name
    return Benchmark(
        name=f"mtrag-{domain}-{'history' if form == 'questions' else form}",
        split=split or "all",
        data=digest_files([corpus, queries, qrels]),
        items=tuple(items),
        score=score_ranking,
        measures=("recall@5", "ndcg@5", *(name for name in MEASURES if name != "recall@5")),
        articles=articles,
        task="retrieve",
        search_depth=max(RANKING_CUTOFFS),
        library=f"mtrag-{domain}",
        notes=(*corpus_notes(articles, empty), "Intervals resample conversations."),
    )


def _split(identifier: str) -> str:
    return "dev" if identifier[:1].lower() in _EVEN else "test"


def _query(entry: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """A query's id and its turns, without the marks of the speaker."""
    turns = (turn.strip() for turn in text_of(entry, "text").split(_SPEAKER))
    return text_of(entry, "_id"), tuple(turn for turn in turns if turn)
