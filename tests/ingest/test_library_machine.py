"""Any sequence of adding, updating, removing, asking, reopening and stopping keeps a library's
invariants: nothing twice, nothing missing, spans exact, index equals catalog."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ingest import library as library_module
from ingest.catalog import Catalog
from ingest.library import LibraryWriter
from ingest.pipeline import add_articles
from ingest.vectors import VectorIndex
from rag.assistant import Assistant
from tests.conftest import WordEmbedder, article, open_library, with_embedder

NAMES = st.sampled_from([f"n{i}" for i in range(6)])
WORDS = st.integers(0, 5)
STEPS = st.sampled_from(
    [(VectorIndex, "add"), (VectorIndex, "remove"), (Catalog, "put"), (Catalog, "mark_indexed")]
)


class Stopped(BaseException):
    """Stands for the end of the process."""


def stop(*_: object, **__: object) -> None:
    raise Stopped


def text_of(name: str, words: int) -> str:
    return f"Boat {name} left port {words} at dawn.\n\n" + f"Wave {words} was high. " * 9 * words


class LibraryMachine(RuleBasedStateMachine):
    """One library, beside the dictionary that it must equal."""

    @initialize()
    def make(self) -> None:
        self.patches = pytest.MonkeyPatch()
        self.patches.setattr(library_module, "_EXACT_UP_TO", 0)
        self.place = tempfile.TemporaryDirectory()
        self.folder = Path(self.place.name) / "library"
        self.held: dict[str, str] = {}
        self.writer: Any = None
        self.reopen()

    @rule()
    def reopen(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.writer = with_embedder(LibraryWriter.open(self.folder), WordEmbedder())

    @rule(chosen=st.dictionaries(NAMES, WORDS, min_size=1, max_size=4))
    def put(self, chosen: dict[str, int]) -> None:
        items = [article(name, text_of(name, words)) for name, words in chosen.items()]
        add_articles(items, self.writer)
        self.held |= {item.source: item.text for item in items}

    @rule(name=NAMES)
    def remove(self, name: str) -> None:
        item = article(name, "x")
        if item.source in self.held:
            self.writer.remove(item.id)
            del self.held[item.source]

    @rule(chosen=st.dictionaries(NAMES, WORDS, min_size=1, max_size=3), step=STEPS)
    def put_and_be_stopped(self, chosen: dict[str, int], step: tuple[type, str]) -> None:
        items = [article(name, text_of(name, words)) for name, words in chosen.items()]
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(*step, stop)
            try:
                add_articles(items, self.writer)
            except Stopped:
                stored = step != (Catalog, "put")
            else:
                stored = True  # there was nothing to do at that step
        if stored:
            self.held |= {item.source: item.text for item in items}
        self.reopen()

    @rule()
    def ask(self) -> None:
        with Assistant(open_library(self.folder), reader="none", threshold=0.0) as assistant:
            answer = assistant.ask("Which boat left port 3?")
        assert bool(answer.citations or answer.closest) == bool(self.held)
        for citation in (*answer.citations, *answer.closest):
            text = self.held[citation.article.source]
            assert text[citation.start : citation.end] == citation.quote

    @invariant()
    def nothing_is_missing_and_nothing_is_twice(self) -> None:
        with open_library(self.folder) as library:
            entries = library.entries()
            assert len(entries) == len(self.held)
            assert {e.source: library.article(e.id).text for e in entries} == self.held

    @invariant()
    def spans_are_exact_and_the_index_equals_the_catalog(self) -> None:
        with open_library(self.folder) as library:
            assert library.problems() == []
            assert not library.index_is_unfinished()
            if library.count_passages():
                stored = set(library._catalog.vectors()[0].tolist())
                assert library._index.numbers() == stored

    def teardown(self) -> None:
        self.writer.close()
        self.patches.undo()
        self.place.cleanup()


TestLibraryMachine = LibraryMachine.TestCase
if settings.get_current_profile_name() != "soak":
    TestLibraryMachine.settings = settings(max_examples=5, stateful_step_count=12)
