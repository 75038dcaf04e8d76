"""Embedding and ingest: passages a second, beside the processor's peak, and where time goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eval.bench.machine import Limits, encoder_gflop
from eval.bench.texts import documents
from ingest.article import Article
from ingest.embed import Embedder
from ingest.library import LibraryWriter
from ingest.pipeline import add_articles, embedding_text, ingest, passages_of

_WIDTH, _LAYERS = 384, 6  # of the bundled embedding model
_SPECIAL_TOKENS = 2
_RUNS = 3
_PARTS = 6
_PASSAGE_TOKENS = 160

Row = dict[str, str | float]


def measure(texts: Sequence[str], peak: Limits, *, passages: int = 256) -> Iterator[Row]:
    """Rows of figures; passages a second are the best of three runs, as the limits are."""
    shipped, exact = Embedder(), Embedder(precision="float32")
    chosen = _passages(texts, shipped, passages)
    counts = [count + _SPECIAL_TOKENS for count in shipped.count_tokens(chosen)]
    work = sum(encoder_gflop(count, width=_WIDTH, layers=_LAYERS) for count in counts)
    for name, embedder, gflops in (
        ("float32", exact, peak.float32_gflops),
        ("as ingested", shipped, peak.bfloat16_gflops),
    ):
        embedder.embed_passages(chosen[:32])
        seconds = min(_seconds(partial(embedder.embed_passages, chosen)) for _ in range(_RUNS))
        yield {
            "passages": name,
            "tokens of one": round(sum(counts) / len(counts)),
            "passages/s": round(len(chosen) / seconds, 1),
            "GFLOP/s": round(work / seconds, 1),
            "share of the peak": round(work / seconds / gflops, 3),
        }


def shares(texts: Sequence[str], *, passages: int = 1_024) -> Iterator[Row]:
    """One ingest of files, and the same again: how much of its time the model was not at work, and
    what the second takes of the first. What is loaded once a process is loaded before."""
    with TemporaryDirectory() as place:
        press = Path(place) / "press"
        press.mkdir()
        embedder = Embedder()
        count = 0
        for number, text in enumerate(documents(texts, _PARTS)):
            if count >= passages:
                break
            (press / f"{number}.txt").write_text(text, encoding="utf-8")
            count += len(passages_of(Article("/x", text), embedder, _PASSAGE_TOKENS))
        warm_up = Article("/warm-up.txt", "Everything is loaded before the clock starts. " * 100)
        with LibraryWriter.open(Path(place) / "library") as library:
            add_articles([warm_up], library)
            spent = _timed(library.embedder, "embed_passages")
            first = _seconds(lambda: ingest([press], library))
            again = _seconds(lambda: ingest([press], library))
    yield {
        "ingest": "of files",
        "passages": count,
        "seconds": round(first, 2),
        "without the model": round(1 - spent[0] / first, 3),
        "the same again, of the first": round(again / first, 4),
    }


def _passages(texts: Sequence[str], embedder: Embedder, count: int) -> list[str]:
    found: list[str] = []
    for text in documents(texts, _PARTS):
        article = Article("/x.txt", text)
        found += [embedding_text(article, p) for p in passages_of(article, embedder, 160)]
        if len(found) >= count:
            break
    return found[:count]


def _timed(owner: Any, method: str) -> list[float]:
    """Sums the seconds of every call of a method, in the list's one place."""
    spent = [0.0]
    original = getattr(owner, method)

    def timed(*arguments: Any) -> Any:
        started = time.perf_counter()
        try:
            return original(*arguments)
        finally:
            spent[0] += time.perf_counter() - started

    setattr(owner, method, timed)
    return spent


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
