"""Sources -> library: incremental, resumable, reported."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ingest.article import Article, Passage
from ingest.embed import Embedder, Vectors
from ingest.errors import UnreadableSource
from ingest.fetch import FetchLimits, fetch
from ingest.formats import read_articles
from ingest.library import LibraryWriter
from ingest.sources import MAX_BYTES, Address, Document, Skipped, SourceFile, find_files
from ingest.split import split_passages
from ingest.tokens import count_tokens

_BATCH_PASSAGES = 256
_PAGE_BYTES = 100_000
_MOST_TITLE_WORDS = 24
_MOST_TITLE_CHARACTERS = 160  # at most as many tokens, far below any window

OnProgress = Callable[[int, int], None]
"""Called with the bytes read and embedded so far, and the bytes of all files found; a web address
counts as `_PAGE_BYTES`."""

ShouldStop = Callable[[], bool]


@dataclass(slots=True)
class Report:
    """What an ingest did: the sources of articles by what became of them, what could not be read
    and why, how many files of a folder have a format that is not read, and how many passages were
    embedded."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failed: list[UnreadableSource] = field(default_factory=list)
    skipped: int = 0
    passages: int = 0


def ingest(
    places: Sequence[str | Path],
    library: LibraryWriter,
    *,
    max_bytes: int = MAX_BYTES,
    private_addresses: bool = False,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Report:
    """Read files, folders and web addresses into a library; see `ingest.fetch` for the latter.

    What the library already holds costs only its reading; a changed article replaces its former
    version. What cannot be read is reported and the rest goes on. Articles are stored in batches,
    each whole or not at all: after an interruption the same call completes the work. `should_stop`
    is asked between steps; once it says yes, what was read is stored and KeyboardInterrupt raised.
    """
    files: list[SourceFile | Address] = []
    report = Report()
    for found in find_files(places, max_bytes=max_bytes):
        match found:
            case SourceFile() | Address():
                files.append(found)
            case Skipped():
                report.skipped += 1
            case UnreadableSource():
                report.failed.append(found)
    total = sum(map(_size, files))
    run = _Ingest(library, report, total, on_progress, should_stop or (lambda: False))
    run.limits = FetchLimits(max_bytes=max_bytes, private_addresses=private_addresses)
    run.run(files)
    return report


def add_document(
    document: Document, library: LibraryWriter, on_progress: OnProgress | None = None
) -> Report:
    """Store the articles of one file or page whose bytes are already here, as `ingest` does.

    Raises UnreadableSource if no article can be read from it.
    """
    run = _Ingest(library, Report(), len(document.data), on_progress)
    run.read(document)
    run.done_bytes = len(document.data)
    run.finish()
    return run.report


def add_articles(articles: Iterable[Article], library: LibraryWriter) -> Report:
    """Store articles that are already in memory; as `ingest` does with those of files."""
    run = _Ingest(library, Report())
    for article in articles:
        run.take(article)
    run.finish()
    return run.report


@dataclass(frozen=True, slots=True)
class _Batch:
    """Articles that are embedded and stored together, the files that are complete with them, and
    which of the bytes of all files they are."""

    articles: list[tuple[Article, list[Passage], int]]
    finished_files: list[tuple[str, str]]
    begin: int
    end: int

    @property
    def texts(self) -> list[str]:
        """What is embedded."""
        return [
            embedding_text(article, passage)
            for article, passages, _ in self.articles
            for passage in passages
        ]


@dataclass(slots=True)
class _Ingest:
    """One run: articles gather until a batch is full, then are embedded together, while the batch
    before it is stored and the next one is read and split. No more than these are in memory."""

    library: LibraryWriter
    report: Report
    total_bytes: int = 0
    on_progress: OnProgress | None = None
    should_stop: ShouldStop = lambda: False
    done_bytes: int = 0
    batched_bytes: int = 0
    waiting: int = 0
    articles: list[tuple[Article, list[Passage], int]] = field(default_factory=list)
    finished_files: list[tuple[str, str]] = field(default_factory=list)
    limits: FetchLimits = field(default_factory=FetchLimits)
    embedding: tuple[_Batch, Future[Vectors]] | None = None
    background: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def run(self, files: Sequence[SourceFile | Address]) -> None:
        self._tell(0)
        for file in files:
            end = self.done_bytes + _size(file)
            try:
                self.read(
                    fetch(file.url, self.limits) if isinstance(file, Address) else file.read()
                )
            except UnreadableSource as error:
                self.report.failed.append(error)
            self.done_bytes = end
            self._stop_if_asked()
        self.finish()

    def read(self, document: Document) -> None:
        digest = hashlib.sha256(document.data).hexdigest()
        if self.library.knows_file(document.source, digest):
            self.report.unchanged.append(document.source)
            return
        try:
            reading = read_articles(document.data, document.source, document.suffix)
        except UnreadableSource as error:
            raise document.named(error) from error
        self.report.failed.extend(map(document.named, reading.problems))
        start, size = self.done_bytes, len(document.data)
        for number, article in enumerate(reading.articles, 1):
            self.done_bytes = start + size * number // len(reading.articles)
            self.take(replace(article, url=document.url) if document.url else article)
            self._stop_if_asked()
        if not reading.problems:
            self.finished_files.append((document.source, digest))

    def take(self, article: Article) -> None:
        if self.library.holds(article):
            self.report.unchanged.append(article.source)
            return
        known = self.library.has(article.id)
        (self.report.updated if known else self.report.added).append(article.source)
        passages = passages_of(article, self.library.embedder, self.library.manifest.passage_tokens)
        self.articles.append((article, passages, count_tokens(article.text)))
        self.waiting += len(passages)
        if self.waiting >= _BATCH_PASSAGES:
            self.embed()

    def finish(self) -> None:
        """Store what waits, and bring the index up to it."""
        self.store()
        self.library.finish()

    def store(self) -> None:
        """Embed and store all that was read."""
        self.embed()
        self._store_embedded()

    def embed(self) -> None:
        """Have what was gathered embedded in the background; store what was there before."""
        batch = _Batch(self.articles, self.finished_files, self.batched_bytes, self.done_bytes)
        self.articles, self.finished_files, self.waiting = [], [], 0
        self.batched_bytes = self.done_bytes
        texts = batch.texts
        if len(texts) > 2 * _BATCH_PASSAGES:
            self._store_embedded()
            self._put(batch, self._embed_in_parts(batch, texts))
            return
        future = self.background.submit(self._embed_part, batch, texts, 0, len(texts))
        self._store_embedded()
        self.embedding = batch, future

    def _store_embedded(self) -> None:
        if self.embedding:
            batch, future = self.embedding
            self.embedding = None
            self._put(batch, future.result())

    def _put(self, batch: _Batch, vectors: Vectors) -> None:
        self.library.put(batch.articles, vectors, batch.finished_files)
        self.report.passages += len(vectors)
        self._tell(batch.end)

    def _embed_in_parts(self, batch: _Batch, texts: Sequence[str]) -> Vectors:
        """The vectors of an enormous article, in parts that are kept as they are done, so that no
        interruption costs more than a part."""
        vectors = []
        for first in range(0, len(texts), _BATCH_PASSAGES):
            part = texts[first : first + _BATCH_PASSAGES]
            digests = [hashlib.sha256(text.encode()).digest() for text in part]
            known = self.library.drafts(digests)
            new = [i for i, digest in enumerate(digests) if digest not in known]
            if new:
                computed = self._embed_part(batch, [part[i] for i in new], first, len(texts))
                self.library.keep_drafts([digests[i] for i in new], computed)
                known |= {digests[i]: row for i, row in zip(new, computed, strict=True)}
            vectors.append(np.stack([known[digest] for digest in digests]))
            self._stop_if_asked(before_storing=True)
        return np.concatenate(vectors)

    def _embed_part(self, batch: _Batch, texts: Sequence[str], done: int, total: int) -> Vectors:
        def on_embedded(count: int) -> None:
            nonlocal done
            done += count
            self._tell(batch.begin + (batch.end - batch.begin) * done // total)

        return self.library.embedder.embed_passages(texts, on_embedded)

    def _stop_if_asked(self, *, before_storing: bool = False) -> None:
        """Raise KeyboardInterrupt if that was asked for, once what was read is stored. An article
        of many parts is given up for now; the parts that are done are kept."""
        if not self.should_stop():
            return
        if not before_storing:
            self.store()
        raise KeyboardInterrupt

    def _tell(self, embedded_bytes: int) -> None:
        if self.on_progress:
            self.on_progress(embedded_bytes, self.total_bytes)


def _size(file: SourceFile | Address) -> int:
    return _PAGE_BYTES if isinstance(file, Address) else file.size


def passages_of(article: Article, embedder: Embedder, passage_tokens: int) -> list[Passage]:
    """The article's passages, each of which the embedding model sees whole, title included."""
    title_tokens = embedder.count_tokens([title_line(article)])[0]
    room = min(passage_tokens, embedder.window - title_tokens)
    return split_passages(
        article.text, embedder.count_tokens, max_tokens=room, language=article.language or "en"
    )


def embedding_text(article: Article, passage: Passage) -> str:
    """What is embedded for a passage: the beginning of the article's title, then its words."""
    return title_line(article) + passage.span.of(article.text)


def title_line(article: Article) -> str:
    """The first words of the title as a line of its own; "" if there is no title."""
    words = (article.title or "").split()[:_MOST_TITLE_WORDS]
    line = " ".join(words)[:_MOST_TITLE_CHARACTERS]
    return f"{line}\n" if line else ""
