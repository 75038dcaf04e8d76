"""How asking grows with the library: latency, its shares, memory, recall of the index, size."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from eval.bench.process import folder_bytes, in_process, peak_mb
from ingest.article import Article, Passage
from ingest.embed import Embedder, Vectors
from ingest.library import Library, LibraryWriter
from ingest.pipeline import passages_of
from ingest.split import split_passages
from ingest.tokens import count_tokens

_SEED = 7
_PASSAGES_OF_AN_ARTICLE = 5
_NOISE = 0.6
_NEIGHBOURS = 10
_QUERIES = 100
_ARTICLES_OF_A_BATCH = 50


@dataclass(frozen=True, slots=True)
class Scale:
    """What asking a library of `passages` passages costs.

    The times are milliseconds of a warm `Assistant.ask`; `vectors`, `words` and `reading` are the
    medians of its parts. `recall` is that of Chroma's ten nearest against the exact ten. Peak
    memories are in MB, `size_ratio` is the library's bytes over its texts' bytes.
    """

    passages: int
    questions: int
    p50: float
    p95: float
    p99: float
    vectors: float
    words: float
    reading: float
    recall: float
    ask_peak_mb: float
    fill_peak_mb: float
    size_ratio: float


def measure(passages: int, texts: Sequence[str], questions: Sequence[str], place: Path) -> Scale:
    """Ask a library of about that many passages the questions; it is made in `place` if it is not
    there. Each is a process of its own, so that the peaks of memory are its own."""
    folder, facts = place / str(passages), place / f"{passages}.json"
    if not facts.is_file():
        request: dict[str, object] = {"passages": passages, "texts": list(texts)}
        facts.write_text(json.dumps(in_process("eval.bench.scale", "fill", folder, request)))
    made = json.loads(facts.read_text())
    asked = in_process("eval.bench.scale", "ask", folder, {"questions": list(questions)})
    return Scale(
        passages=int(made["passages"]),
        questions=len(questions),
        fill_peak_mb=made["peak_mb"],
        size_ratio=folder_bytes(folder) / made["text_bytes"],
        ask_peak_mb=asked.pop("peak_mb"),
        **asked,
    )


# Making a large library cheaply


def fill(folder: Path, passages: int, texts: Sequence[str]) -> dict[str, float]:
    """A library of articles whose sentences are those of `texts`, recombined at random.

    The passages of `texts` are embedded; a recombined passage gets the vector of the embedded
    passage that its first sentence is from, with noise added that keeps its cosine to it at about
    .85. Words, texts and full-text index are real.
    """
    chance, noise = random.Random(_SEED), np.random.default_rng(_SEED)
    embedder = Embedder()
    pool = [*_pool(texts, embedder)]
    vectors = embedder.embed_passages([text for text, _ in pool])
    stored = text_bytes = 0
    with LibraryWriter.open(folder) as library:
        while stored < passages:
            batch: list[tuple[Article, list[Passage], int]] = []
            near: list[int] = []
            while len(batch) < _ARTICLES_OF_A_BATCH and stored < passages:
                chosen = [chance.randrange(len(pool)) for _ in range(_PASSAGES_OF_AN_ARTICLE)]
                parts = [_recombined(pool[i], chance.choice(pool), chance) for i in chosen]
                article = Article(f"/made/{stored}.txt", "\n\n".join(parts))
                split = passages_of(article, embedder, library.manifest.passage_tokens)
                near += [chosen[min(n, len(chosen) - 1)] for n in range(len(split))]
                batch.append((article, split, count_tokens(article.text)))
                stored += len(split)
                text_bytes += len(article.text.encode())
            library.put(batch, _noisy(vectors[near], noise))
        library.finish()
    return {"passages": stored, "text_bytes": text_bytes, "peak_mb": peak_mb()}


def _pool(texts: Sequence[str], embedder: Embedder) -> Iterator[tuple[str, list[str]]]:
    """Passages, each with its sentences."""
    for text in texts:
        for passage in split_passages(text, embedder.count_tokens, max_tokens=160):
            yield passage.span.of(text), [span.of(text) for span in passage.sentences]


def _recombined(
    one: tuple[str, list[str]], other: tuple[str, list[str]], chance: random.Random
) -> str:
    first, *rest = one[1]
    sentences = [*rest, *other[1]]
    return " ".join([first, *chance.sample(sentences, min(len(sentences), 4))])


def _noisy(vectors: Vectors, noise: np.random.Generator) -> Vectors:
    shifts = noise.standard_normal(vectors.shape).astype(np.float32)
    moved = vectors + _NOISE * shifts / np.sqrt(vectors.shape[1])
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)


# Asking it


def ask(folder: Path, questions: Sequence[str]) -> dict[str, float]:
    """The distribution of warm asks, the medians of the parts, and the recall of the index."""
    from rag.assistant import Assistant

    with Assistant.open(folder) as assistant:
        library = assistant.library
        for question in questions[:3]:
            assistant.ask(question)
        answers = [assistant.ask(question) for question in questions]
        total = [answer.timings_ms["total"] for answer in answers]
        vectors = [library.embedder.embed_question(question) for question in questions]
        parts = {
            "vectors": [_ms(partial(library.search_vectors, v, 100)) for v in vectors],
            "words": [_ms(partial(library.search_words, q, 100)) for q in questions],
            "reading": [answer.timings_ms["read"] for answer in answers],
        }
        peak = peak_mb()  # before everything is scored at once
        recall = index_recall(library, vectors)
    p50, p95, p99 = np.percentile(total, [50, 95, 99]).tolist()
    medians = {name: float(np.median(times)) for name, times in parts.items()}
    return {"p50": p50, "p95": p95, "p99": p99, **medians, "recall": recall, "peak_mb": peak}


def index_recall(library: Library, questions: Sequence[Vectors]) -> float:
    """The share of the exact ten nearest passages that Chroma's ten nearest hold."""
    numbers, vectors = library._catalog.vectors()
    shares = []
    for question in questions[:_QUERIES]:
        exact = numbers[np.argsort(-(vectors @ question), kind="stable")[:_NEIGHBOURS]]
        found = library._index.nearest(question, _NEIGHBOURS)[0]
        shares.append(len(set(exact.tolist()) & set(found.tolist())) / len(exact))
    return float(np.mean(shares))


def _ms(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)


def main() -> None:
    """One step in this process: the request on standard input, the answer on standard output."""
    step, folder = sys.argv[1], Path(sys.argv[2])
    request = json.load(sys.stdin)
    print(json.dumps(fill(folder, **request) if step == "fill" else ask(folder, **request)))


if __name__ == "__main__":
    main()
