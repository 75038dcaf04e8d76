"""Ingest beside LlamaIndex's, with the same chunks and the same model.

Each run is a process that loads its model before the clock starts; the ways take turns. Groundwire
splits, counts, embeds and stores in its catalog, full-text index and vector index; LlamaIndex is
given the finished chunks and embeds and stores them in Chroma. `defaults` is LlamaIndex left to
itself, from the whole texts. Needs the extra `bench`.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eval.bench.process import in_process, peak_mb
from eval.bench.texts import documents
from ingest.article import Article
from ingest.embed import Embedder
from ingest.library import LibraryWriter
from ingest.pipeline import add_articles, embedding_text, passages_of

WAYS = ("groundwire", "llamaindex", "defaults")
_PASSAGE_TOKENS = 160
_PARTS = 6  # texts of an article: about as long as a news article
_WARM_UP = ["The model is loaded before the clock starts."] * 16


@dataclass(frozen=True, slots=True)
class Ingest:
    """What one way of ingesting did, by the medians of its runs.

    `seen` is the share of the text's tokens that lay within the model's window when embedded.
    """

    way: str
    passages: int
    per_second: float
    least: float
    most: float
    per_cpu_second: float
    peak_mb: float
    seen: float


def compare(texts: Sequence[str], *, passages: int, runs: int) -> list[Ingest]:
    """Ingest about that many passages of the texts in each way, `runs` times, in turns."""
    chosen = _articles_of(documents(texts, _PARTS), passages)
    done: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for _ in range(runs):
        for way in WAYS:
            with TemporaryDirectory() as place:
                request: dict[str, object] = {"texts": chosen}
                done[way].append(in_process("eval.bench.beside", way, Path(place), request))
    return [_summary(way, results) for way, results in done.items()]


def _articles_of(texts: Sequence[str], passages: int) -> list[str]:
    embedder = Embedder()
    chosen: list[str] = []
    count = 0
    for text in texts:
        if count >= passages:
            break
        chosen.append(text)
        count += len(passages_of(Article("/x.txt", text), embedder, _PASSAGE_TOKENS))
    return chosen


def _summary(way: str, results: Sequence[dict[str, float]]) -> Ingest:
    speeds = [one["passages"] / one["seconds"] for one in results]
    return Ingest(
        way=way,
        passages=int(results[0]["passages"]),
        per_second=statistics.median(speeds),
        least=min(speeds),
        most=max(speeds),
        per_cpu_second=statistics.median(one["passages"] / one["cpu_seconds"] for one in results),
        peak_mb=statistics.median(one["peak_mb"] for one in results),
        seen=results[0]["seen"],
    )


# The ways, each in a process of its own


def groundwire(folder: Path, texts: Sequence[str]) -> dict[str, float]:
    """Articles into a library."""
    with LibraryWriter.open(folder) as library:
        add_articles([Article("/warm-up.txt", "\n\n".join(_WARM_UP))], library)
        clock = _Clock()
        report = add_articles(_articles(texts), library)
        spent = clock.spent()
        embedder = library.embedder
    return _result(report.passages, spent, _seen(_chunks(texts, embedder), embedder))


def llamaindex(folder: Path, texts: Sequence[str]) -> dict[str, float]:
    """The same chunks through LlamaIndex's IngestionPipeline into Chroma."""
    from llama_index.core.schema import TextNode

    embedder = Embedder()
    chunks = _chunks(texts, embedder)
    pipeline = _pipeline(folder, splitter=None)
    clock = _Clock()
    nodes = pipeline.run(nodes=[TextNode(text=chunk) for chunk in chunks])
    return _result(len(nodes), clock.spent(), _seen(chunks, embedder))


def defaults(folder: Path, texts: Sequence[str]) -> dict[str, float]:
    """Whole texts through LlamaIndex's default splitter."""
    from llama_index.core import Document
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.core.schema import MetadataMode

    pipeline = _pipeline(folder, splitter=SentenceSplitter())
    clock = _Clock()
    nodes = pipeline.run(documents=[Document(text=text) for text in texts])
    spent = clock.spent()
    embedded = [node.get_content(metadata_mode=MetadataMode.EMBED) for node in nodes]
    return _result(len(nodes), spent, _seen(embedded, Embedder()))


def _pipeline(folder: Path, splitter: Any) -> Any:
    """LlamaIndex's pipeline over the model that Groundwire has, its model loaded."""
    import chromadb
    from llama_index.core.ingestion import IngestionPipeline
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    client = chromadb.PersistentClient(
        str(folder), chromadb.config.Settings(anonymized_telemetry=False)
    )
    embedding = HuggingFaceEmbedding(model_name=str(Embedder()._folder), device="cpu")
    embedding.get_text_embedding_batch(_WARM_UP)
    return IngestionPipeline(
        transformations=[*([splitter] if splitter else []), embedding],
        vector_store=ChromaVectorStore(chroma_collection=client.create_collection("passages")),
    )


def _articles(texts: Sequence[str]) -> list[Article]:
    return [Article(f"/{number}.txt", text) for number, text in enumerate(texts)]


def _chunks(texts: Sequence[str], embedder: Embedder) -> list[str]:
    return [
        embedding_text(article, passage)
        for article in _articles(texts)
        for passage in passages_of(article, embedder, _PASSAGE_TOKENS)
    ]


def _seen(chunks: Sequence[str], embedder: Embedder) -> float:
    counts = embedder.count_tokens(chunks)
    return sum(min(count, embedder.window) for count in counts) / sum(counts)


class _Clock:
    """Seconds on the wall and of the processors since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def spent(self) -> dict[str, float]:
        return {
            "seconds": time.perf_counter() - self._wall,
            "cpu_seconds": time.process_time() - self._cpu,
        }


def _result(passages: int, spent: dict[str, float], seen: float) -> dict[str, float]:
    return {"passages": passages, **spent, "seen": seen, "peak_mb": peak_mb()}


def main() -> None:
    """One way in this process: the request on standard input, the answer on standard output."""
    way, folder, request = sys.argv[1], Path(sys.argv[2]), json.load(sys.stdin)
    step = {"groundwire": groundwire, "llamaindex": llamaindex, "defaults": defaults}[way]
    print(json.dumps(step(folder, **request)))


if __name__ == "__main__":
    main()
