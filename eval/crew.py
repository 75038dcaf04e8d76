"""Groundwire under test in several processes, each answering one question at a time on one thread.

Two threads within one question leave a processor idle while the question is prepared and where it
has one passage only; two questions at once do not.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import ParamSpec, TypeVar, Unpack

from eval.errors import EvalError, RunStopped
from eval.system import AssistantSystem, Found, Reply
from ingest.article import Article
from ingest.library import Library
from rag.assistant import Assistant, Options
from rag.reader import Reader, load_reader

P = ParamSpec("P")
T = TypeVar("T")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_systems: list[AssistantSystem] = []  # of this process, if it is a worker


class Crew:
    """`AssistantSystem` over one library, in `workers` processes.

    The answers are those of one process. Times are of one question on one thread, while the other
    workers are busy too: the signature says how many there were.
    """

    name = "groundwire"
    cites = True

    def __init__(self, folder: str | Path, workers: int, **options: Unpack[Options]) -> None:
        """Raises EvalError for fewer than one worker; other errors as `Assistant.open`."""
        if workers < 1:
            raise EvalError(f"There must be one worker at least, not {workers}.")
        self.workers = workers
        with closing(_opened(Path(folder), options)) as ours:
            self._settings = dict(ours.settings())
            del self._settings["processors"]  # each worker computes on one
        self._lock = Lock()
        self._started = False
        self._pool = ProcessPoolExecutor(
            workers,
            multiprocessing.get_context("spawn"),
            initializer=_start,
            initargs=(Path(folder), options),
        )

    def settings(self) -> Mapping[str, str]:
        """Those of the assistant, and how many questions are asked at once."""
        return {**self._settings, "workers": str(self.workers)}

    def ask(self, question: str, context: Sequence[Article] | None = None) -> Reply:
        """The answer of whichever worker is free. Raises RunStopped if a worker died."""
        return self._done(_ask, question, context)

    def search(self, question: str, limit: int) -> list[Found] | None:
        """The passages that whichever worker is free finds. Raises RunStopped if one died."""
        return self._done(_search, question, limit)

    def converse(self, history: Sequence[str], question: str) -> Reply:
        """The answer in a conversation, of whichever worker is free."""
        return self._done(_converse, history, question)

    def search_after(self, history: Sequence[str], question: str, limit: int) -> list[Found] | None:
        """The passages found in a conversation by whichever worker is free."""
        return self._done(_search_after, history, question, limit)

    def leans(self, history: Sequence[tuple[str, str]], question: str) -> bool:
        """What the rules say in whichever worker is free."""
        return self._done(_leans, history, question)

    def supports(self, statement: str, evidence: Sequence[Article]) -> bool:
        """What the support check says in whichever worker is free."""
        return self._done(_supports, statement, evidence)

    def _done(self, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        try:
            with self._lock:
                if not self._started:
                    with _one_thread():
                        self._pool.submit(os.getpid).result()
                    self._started = True
            return self._pool.submit(work, *args, **named).result()
        except BrokenProcessPool as error:
            raise RunStopped(
                "A worker process died or could not start.",
                remedy="Look at what it wrote above, or use fewer --workers; the run can go on.",
            ) from error

    def close(self) -> None:
        """End the workers."""
        self._pool.shutdown(cancel_futures=True)


def _opened(folder: Path, options: Options) -> AssistantSystem:
    library = Library.open(folder)
    named = options.get("reader")
    caution = options.get("caution", "medium")
    reader: Reader
    if named is None or isinstance(named, str | Path):
        reader = load_reader(named, library=library, caution=caution, threads=1)
    else:
        reader = named
    chosen = options.copy()
    chosen["reader"] = reader
    return AssistantSystem(Assistant(library, **chosen))


def _start(folder: Path, options: Options) -> None:
    """Open the library in a worker, for as long as the worker lives."""
    _systems.append(_opened(folder, options))


def _ask(question: str, context: Sequence[Article] | None) -> Reply:
    return _systems[0].ask(question, context)


def _search(question: str, limit: int) -> list[Found] | None:
    return _systems[0].search(question, limit)


def _converse(history: Sequence[str], question: str) -> Reply:
    return _systems[0].converse(history, question)


def _search_after(history: Sequence[str], question: str, limit: int) -> list[Found] | None:
    return _systems[0].search_after(history, question, limit)


def _leans(history: Sequence[tuple[str, str]], question: str) -> bool:
    return _systems[0].leans(history, question)


def _supports(statement: str, evidence: Sequence[Article]) -> bool:
    return _systems[0].supports(statement, evidence)


@contextmanager
def _one_thread() -> Iterator[None]:
    """What is started meanwhile computes matrices on one thread."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
