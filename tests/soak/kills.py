"""Kill -9 at random moments of adding, updating, removing and making the index anew; then see
whether the library opens, answers, is sound, and is completed by the next run.

Children are forked from a process that has imported and loaded everything and opened no library, so
that a kill costs a fraction of a second and hits the change itself. The moments are spread: each
kill has a part of the change's duration to itself, and an outcome says what the kills left behind.
"""

from __future__ import annotations

import os
import pickle
import random
import select
import shutil
import signal
import statistics
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import chromadb.api.rust  # noqa: F401 - imported here, not in each child

import ingest.soundness  # noqa: F401 - likewise
from ingest import library as library_module
from ingest import pipeline, vectors
from ingest.article import Article
from ingest.library import Library, LibraryWriter
from ingest.pipeline import add_articles
from ingest.split import split_sentences
from ingest.tokens import count_tokens
from rag.assistant import Assistant
from tests.conftest import WordEmbedder, article, with_embedder

Kind = Literal["add", "update", "remove", "reindex"]
KINDS: tuple[Kind, ...] = get_args(Kind)
QUESTION = "Which boat left the harbour of Tarn?"


Left = Literal["nothing", "a part", "all"]
_STRAIGHT_RUNS = 3
_TENTHS = 10


@dataclass(frozen=True)
class Trace:
    """What one kill left: the moment, as a share of the change's duration; how much of the change
    was stored; whether the index was being written."""

    moment: float
    stored: Left
    index_unfinished: bool


@dataclass(frozen=True)
class Outcome:
    """How many processes were started, and what each that was killed before its end left."""

    kind: Kind
    runs: int
    kills: Sequence[Trace]


class SoakError(AssertionError):
    """A promise that did not hold; the message says after which kill."""


def soak(kind: Kind, kills: int, place: Path, *, articles: int, seed: int) -> Outcome:
    """Kill `kills` processes that each change a library of that many articles, one after the
    other. Raises SoakError at the first promise that does not hold.

    Kill number i comes at a random moment of the i-th part of as many of the change's duration; a
    process that was quicker than that says what the duration is, and another is started.
    """
    chance = random.Random(f"{kind} {seed}")
    count_tokens("loaded here, not in each child")
    split_sentences("Likewise. This too.")
    folder, start, straight = place / "library", place / "start", place / "straight"
    _in_child(lambda: _make(start, _before(kind, articles)))
    durations = [_duration(kind, start, straight, articles) for _ in range(_STRAIGHT_RUNS)]
    traces: list[Trace] = []
    runs = 0
    while len(traces) < kills:
        _copy(start, folder)
        runs += 1
        moment = (len(traces) + chance.random()) / kills
        duration = statistics.median(durations[-_STRAIGHT_RUNS:])
        ended = _killed(lambda: _change(kind, folder, articles), moment * duration)
        if ended is not None:
            durations.append(ended)
            continue
        where = f"{kind}, seed {seed}, kill {len(traces) + 1}"
        left = _in_child(lambda: _check_killed(kind, folder, articles), where)
        traces.append(Trace(moment, *left))
        _in_child(lambda: _change(kind, folder, articles), where)
        _in_child(lambda: _check_complete(kind, folder, straight, articles), where)
    return Outcome(kind, runs, traces)


def _duration(kind: Kind, start: Path, folder: Path, articles: int) -> float:
    """How long the change takes if nobody stops it, in seconds."""
    _copy(start, folder)
    started = time.perf_counter()
    _in_child(lambda: _change(kind, folder, articles))
    return time.perf_counter() - started


def _copy(start: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(start, folder)


# The articles


def _text(number: int, edition: str) -> str:
    first = f"In its {edition} edition the paper says that boat {number} left the harbour of Tarn."
    return f"{first}\n\n" + f"Wave {number} was high on that day. " * (20 + 15 * (number % 4))


def _articles(edition: str, numbers: range) -> list[Article]:
    return [article(f"n{i:04}", _text(i, edition)) for i in numbers]


def _before(kind: Kind, count: int) -> list[Article]:
    """What the library holds before the change."""
    return _articles("first", range(count // 4 if kind == "add" else count))


def _after(kind: Kind, count: int) -> dict[str, str]:
    """What it holds after it: text by source."""
    match kind:
        case "add" | "reindex":
            left = _articles("first", range(count))
        case "update":
            left = _articles("second", range(count))
        case "remove":
            left = _articles("first", range(count // 4))
    return {item.source: item.text for item in left}


# What children do


def _writer(folder: Path) -> Any:
    return with_embedder(LibraryWriter.open(folder), WordEmbedder())


def _make(folder: Path, articles: list[Article]) -> None:
    with _writer(folder) as writer:
        add_articles(articles, writer)


def _change(kind: Kind, folder: Path, count: int) -> None:
    """The change that is killed; the same call again completes it."""
    with _writer(folder) as writer:
        match kind:
            case "add":
                add_articles(_articles("first", range(count)), writer)
            case "update":
                add_articles(_articles("second", range(count)), writer)
            case "remove":
                keep = _after(kind, count)
                for entry in writer.entries():
                    if entry.source not in keep:
                        writer.remove(entry.id)
            case "reindex":
                writer.rebuild_index()


def _check_killed(kind: Kind, folder: Path, count: int) -> tuple[Left, bool]:
    """Whatever was done of the change, the library is sound and answers; how much that was, and
    whether the index was being written."""
    before = {item.source: item.text for item in _before(kind, count)}
    after = _after(kind, count)
    with _assistant(folder) as assistant:
        library = assistant.library
        _demand(not library.problems(), "sound", library.problems())
        held = {e.source: library.article(e.id).text for e in library.entries()}
        for source in {*before, *after}:
            allowed = {before.get(source), after.get(source)}
            _demand(held.get(source) in allowed, "whole articles", source)
        answer = assistant.ask(QUESTION)
        _demand(bool(answer.citations or answer.closest), "it answers", answer)
        for citation in (*answer.citations, *answer.closest):
            text = held[citation.article.source]
            _demand(text[citation.start : citation.end] == citation.quote, "exact", citation)
        stored: Left = "all" if held == after else "nothing" if held == before else "a part"
        return stored, library.index_is_unfinished()


def _check_complete(kind: Kind, folder: Path, straight: Path, count: int) -> None:
    """Nothing is missing and nothing is there twice."""
    with _assistant(folder) as assistant, _assistant(straight) as other:
        library = assistant.library
        _demand(not library.problems(), "sound", library.problems())
        _demand(not library.index_is_unfinished(), "index finished", folder)
        held = {e.source: library.article(e.id).text for e in library.entries()}
        lost = set(held.items()) ^ set(_after(kind, count).items())
        _demand(not lost, "complete", sorted(source for source, _ in lost))
        _demand(_contents(library) == _contents(other.library), "nothing twice or missing", "")
        indexed = library._index.numbers()
        stored = {int(i) for i in library._catalog.vectors()[0]}
        _demand(indexed == stored, "index equals catalog", indexed ^ stored)


def _assistant(folder: Path) -> Assistant:
    library = with_embedder(Library.open(folder), WordEmbedder())
    return Assistant(library, reader="none", threshold=0.0)


def _contents(library: Library) -> list[tuple[str, int, int]]:
    numbers = library._catalog.vectors()[0].tolist()
    found = library.passages(numbers)
    return sorted((item.source, p.passage.span.start, p.passage.span.end) for p, item in found)


def _demand(holds: bool, name: str, seen: object) -> None:
    if not holds:
        raise SoakError(f"{name}: {seen!r}")


# Processes


def _fork(work: Callable[[], object], results: int) -> int:
    """Start a process that does the work and writes what comes of it to the pipe."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        library_module._EXACT_UP_TO = 0
        library_module._INDEX_EVERY = 64
        pipeline._BATCH_PASSAGES = 16
        vectors._HNSW |= {"batch_size": 8, "sync_threshold": 32}  # its files are written often
        os.write(results, pickle.dumps(work()))
        code = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _in_child(work: Callable[[], object], where: str = "before any kill") -> Any:
    """What the work gives, done in a process of its own."""
    reading, writing = os.pipe()
    child = _fork(work, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        result = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise SoakError(f"{where}: a process ended with status {status}; see above.")
    return pickle.loads(result)


def _killed(work: Callable[[], object], after_s: float) -> float | None:
    """Kill a process after so many seconds; how long it took if it had ended before."""
    reading, writing = os.pipe()
    started = time.perf_counter()
    child = _fork(work, writing)
    os.close(writing)
    ended, _, _ = select.select([reading], [], [], after_s)
    took = time.perf_counter() - started
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reading)
    return took if ended else None


def summary(outcome: Outcome) -> str:
    """What was killed when, and what it left, in two lines."""
    tenths = Counter(min(int(one.moment * _TENTHS), _TENTHS - 1) for one in outcome.kills)
    stored = Counter(one.stored for one in outcome.kills)
    unfinished = sum(one.index_unfinished for one in outcome.kills)
    return (
        f"{outcome.kind}: {len(outcome.kills)} kills in {outcome.runs} runs; every library opened,"
        " answered, was sound, and was complete after the next run\n"
        f"    kills in each tenth of its duration: {[tenths[i] for i in range(_TENTHS)]};"
        f" stored of the change: {', '.join(f'{name} {stored[name]}' for name in get_args(Left))};"
        f" index being written: {unfinished}"
    )
