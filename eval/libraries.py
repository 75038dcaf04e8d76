"""Libraries of benchmark articles: built once, kept in the user's cache, found again by content."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from eval.benchmark import Benchmark
from eval.errors import EvalError
from ingest.article import Article
from ingest.errors import LibraryError
from ingest.library import Library, LibraryWriter
from ingest.manifest import Manifest

VECTORS = 1
"""Raise this when the same passage gets another vector: a test holds vectors to it."""
_PROBES = 40


def articles_digest(articles: Mapping[str, Article]) -> str:
    """SHA-256 of what articles are and say."""
    whole = hashlib.sha256()
    for source in sorted(articles):
        known = [*articles[source].metadata().values(), articles[source].version]
        whole.update("\0".join(value or "" for value in known).encode("utf-8", "surrogatepass"))
    return whole.hexdigest()


def library_of(
    benchmark: Benchmark, folder: str | Path | None = None, *, progress: bool = True
) -> Path:
    """The library to ask a benchmark's questions of: made if need be, or the user's own in
    `folder` for a benchmark that brings no articles.

    A benchmark that asks for decisions alone asks no library; it is given the sample articles', for
    the models that it names.
    """
    if benchmark.articles:
        return prepare_library(
            benchmark.library_name, benchmark.articles, folder, progress=progress
        )
    if folder is not None:
        return Path(folder)
    if benchmark.task != "decide":
        raise EvalError(
            f"The benchmark {benchmark.name!r} brings no articles.",
            remedy="Name your library with --library.",
        )
    from eval.check import load_articles
    from eval.questions import LOCAL_ARTICLES

    return prepare_library("local", load_articles(LOCAL_ARTICLES), progress=progress)


def prepare_library(
    name: str,
    articles: Mapping[str, Article],
    folder: str | Path | None = None,
    *,
    progress: bool = True,
) -> Path:
    """The folder of a library that holds exactly these articles, made or completed if need be.

    Without `folder` it is kept in the user's cache, under a name that changes with the articles
    and with what the code makes of them. Raises EvalError if `folder` holds other articles too.
    """
    place = Path(folder) if folder is not None else _cached(name, articles)
    if folder is None and _is_complete(place, articles):
        return place
    from ingest.pipeline import add_articles

    with LibraryWriter.open(place, timeout_s=600) as library:
        add_articles(_watched(name, articles, progress), library)
        others = {entry.source for entry in library.entries()} - set(articles)
    if others:
        raise EvalError(
            f"The library {str(place)!r} holds {len(others)} articles that the benchmark has not,"
            f" such as {min(others)!r}.",
            remedy="Name another folder with --library; it is made if it does not exist.",
        )
    return place


def _cached(name: str, articles: Mapping[str, Article]) -> Path:
    from platformdirs import user_cache_path

    key = articles_digest(articles) + shape_digest(articles)
    digest = hashlib.sha256(key.encode()).hexdigest()[:12]
    return user_cache_path("groundwire") / "eval" / f"{name}-{digest}"


def shape_digest(articles: Mapping[str, Article]) -> str:
    """A digest of what the code makes of articles: the library's format, its model, the full-text
    index's definition, and the passages of some of these articles as they are split today.

    It changes when any of these does, and not with other changes to the code. Vectors are named by
    the model and by `VECTORS`.
    """
    from ingest.embed import Embedder
    from ingest.pipeline import embedding_text, passages_of

    made = Manifest()
    embedder = Embedder(made.model)
    sources = sorted(articles)
    probes = [articles[one] for one in sources[:: max(1, len(sources) // _PROBES)]]
    passages = [
        (embedding_text(article, one), one.span, one.sentences)
        for article in probes
        for one in passages_of(article, embedder, made.passage_tokens)
    ]
    agreed = (made.format, made.model, made.passage_tokens, VECTORS, _index_definition())
    return hashlib.sha256(repr((agreed, passages)).encode("utf-8", "surrogatepass")).hexdigest()


def _index_definition() -> list[tuple[str, ...]]:
    """The SQL of the full-text tables of a new catalog."""
    from ingest.catalog import Catalog

    with TemporaryDirectory() as folder:
        file = Path(folder) / "catalog.sqlite"
        catalog = Catalog(file, writable=True)
        try:
            catalog.create()
        finally:
            catalog.close()
        with closing(sqlite3.connect(file)) as connection:
            rows = connection.execute(
                "SELECT sql FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%' ORDER BY sql"
            )
            return rows.fetchall()


def _is_complete(folder: Path, articles: Mapping[str, Article]) -> bool:
    try:
        with Library.open(folder) as library:
            return library.count_articles() == len(articles) and not library.problems()
    except LibraryError:
        return False


def _watched(name: str, articles: Mapping[str, Article], progress: bool) -> Iterator[Article]:
    from tqdm import tqdm

    return iter(tqdm(articles.values(), f"ingest {name}", unit="article", disable=not progress))
