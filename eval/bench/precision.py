"""Does an ingest in bfloat16 find what one in float32 finds? Two libraries of one benchmark."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from eval.benchmark import Benchmark, limited
from eval.benchmarks.beir import load
from eval.run import ask
from eval.system import AssistantSystem
from ingest.embed import Embedder
from ingest.library import LibraryWriter
from ingest.pipeline import add_articles
from rag.assistant import Assistant
from rag.retrieve import Search

PRECISIONS = ("float32", "bfloat16")
SEARCHES: tuple[Search, ...] = ("dense", "hybrid")
ALLOWED = 0.003


@dataclass(frozen=True, slots=True)
class Agreement:
    """The mean nDCG@10 of one search over libraries of both precisions."""

    search: Search
    float32: float
    bfloat16: float

    @property
    def difference(self) -> float:
        """What bfloat16 gains or, below zero, loses."""
        return self.bfloat16 - self.float32


def compare(folder: Path, *, limit: int | None = None) -> Iterator[Agreement]:
    """Embed the corpus of a BEIR folder in both precisions and ask its test queries, or `limit`
    of them; one agreement for each search."""
    benchmark = limited(load(folder), limit)
    with TemporaryDirectory() as place:
        libraries = {name: Path(place) / name for name in PRECISIONS}
        for name, library in libraries.items():
            _fill(library, benchmark, name)
        for search in SEARCHES:
            scores = (_ndcg(benchmark, library, search) for library in libraries.values())
            yield Agreement(search, *scores)


def _fill(library: Path, benchmark: Benchmark, precision: str) -> None:
    with LibraryWriter.open(library) as writer:
        writer.embedder = Embedder(precision=precision)
        add_articles(benchmark.articles.values(), writer)


def _ndcg(benchmark: Benchmark, library: Path, search: Search) -> float:
    system = AssistantSystem(Assistant.open(library, reader="none", search=search))
    scores = [
        benchmark.score(item, ask(benchmark, system, item), benchmark.articles, cites=True)
        for item in benchmark.items
    ]
    system.close()
    found = [score for one in scores if (score := one["ndcg@10"]) is not None]
    return sum(found) / len(found)


def main() -> None:
    """`python -m eval.bench.precision FOLDER`: both scores of each search, and their agreement."""
    for agreement in compare(Path(sys.argv[1])):
        verdict = "agrees" if abs(agreement.difference) <= ALLOWED else "DIFFERS"
        print(
            f"{agreement.search}: nDCG@10 {agreement.float32:.4f} in float32,"
            f" {agreement.bfloat16:.4f} in bfloat16: {verdict}",
            flush=True,
        )


if __name__ == "__main__":
    main()
