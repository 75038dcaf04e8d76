"""The library: what is put in is found, by many readers beside one writer."""

from __future__ import annotations

import sqlite3
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.errors import LibraryBusy, LibraryError
from ingest.filter import Filter
from ingest.library import LibraryWriter
from ingest.manifest import Manifest
from ingest.pipeline import add_articles
from tests.conftest import (
    ARTICLES,
    article,
    environment,
    make_library,
    open_library,
    python,
)
from tests.ingest.searching import QUESTION, exactly, many, nearest, writing

pytestmark = pytest.mark.usefixtures("index_is_asked")


# What was put in


def test_what_was_added_is_found_and_comes_back_as_it_was(folder: Path) -> None:
    with open_library(folder) as library:
        assert library.count_articles() == 3
        assert [library.article(item.id) for item in ARTICLES] == list(ARTICLES)
        assert [score for _, score in nearest(library)] == exactly(ARTICLES)
        assert nearest(library)[0][0] == "mine"
        assert library.problems() == []


def test_adding_the_same_articles_twice_changes_nothing(folder: Path) -> None:
    def state() -> tuple[list[object], list[int], int]:
        with open_library(folder) as library:
            ids = [number for number, _ in library.search_words("the a of mine bridge harvest", 99)]
            return [*library.entries()], ids, library._index.count()

    before = state()
    with writing(folder) as writer:
        report = add_articles(ARTICLES, writer)
        assert vars(writer)["embedder"].embedded == []
    assert (report.added, report.updated, report.passages) == ([], [], 0)
    assert report.unchanged == [item.source for item in ARTICLES]
    assert state() == before


def test_a_changed_article_replaces_its_passages(folder: Path) -> None:
    with writing(folder) as writer:
        report = add_articles([article("mine", "A quokka bought the mine. " * 30)], writer)
    assert report.updated == ["/news/mine.txt"]
    with open_library(folder) as library:
        assert library.count_articles() == 3
        assert library.search_words("shelled", 5) == []
        assert library._index.count() == library.count_passages()
        assert library.article(ARTICLES[0].id).text.startswith("A quokka")
        assert "shelled" not in str(library.passages([n for n, _ in library.search_words("a", 99)]))


def test_changed_metadata_alone_is_a_change(folder: Path) -> None:
    with writing(folder) as writer:
        add_articles([replace(ARTICLES[0], author="Someone Else")], writer)
    with open_library(folder) as library:
        assert library.article(ARTICLES[0].id).author == "Someone Else"
        assert library._index.count() == library.count_passages()


def test_removing_removes_everything(folder: Path) -> None:
    with writing(folder) as writer:
        for item in ARTICLES:
            writer.remove(item.id)
        assert writer._index.count() == 0
        with pytest.raises(LibraryError, match=r"has no article.*articles list"):
            writer.remove(ARTICLES[0].id)
    with open_library(folder) as library:
        assert library.entries() == []
        assert library.count_passages() == 0
        assert nearest(library) == []
        assert library.search_words("mine bridge harvest", 5) == []
        assert library.problems() == []
    with sqlite3.connect(folder / "catalog.sqlite") as connection:
        for table in ("articles", "passages", "words_content", "words_docsize", "removed_passages"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


@pytest.mark.parametrize(
    "where",
    [
        Filter(source="Needle Post"),
        Filter(author="needle"),
        Filter(published_from="2020"),
        Filter(articles=(article("needle", "x").id,)),
    ],
    ids=repr,
)
def test_filters_apply_to_vectors_before_the_cut(tmp_path: Path, where: Filter) -> None:
    hay = [
        article(f"hay{i}", f"Who shelled the copper mine at Velm? Shell {i}.", published="2010")
        for i in range(30)
    ]
    needle = article(
        "needle",
        "Nothing of that sort is in here.",
        outlet="Needle Post",
        author="N. Needle",
        published="2021-01-01",
    )
    with open_library(make_library(tmp_path, [*hay, needle])) as library:
        assert "needle" not in dict(nearest(library, limit=3))
        assert [name for name, _ in nearest(library, limit=3, where=where)] == ["needle"]


# Writers and readers


def test_a_second_writer_is_told_to_wait_and_readers_are_not_kept_out(folder: Path) -> None:
    code = """
import sys
from ingest.library import LibraryWriter
with LibraryWriter.open(sys.argv[1]):
    print("open", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen(
        python(code, folder), env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(LibraryBusy, match=r"Another process is writing.*Wait") as error:
            LibraryWriter.open(folder)
        assert error.value.retryable
        with pytest.raises(LibraryBusy):
            LibraryWriter.open(folder, timeout_s=0.1)
        with open_library(folder) as library:
            assert nearest(library)[0][0] == "mine"
        other.communicate()
    assert other.returncode == 0
    with LibraryWriter.open(folder):
        pass


def test_a_writer_that_was_killed_leaves_no_lock(folder: Path) -> None:
    code = """
import os, signal, sys
from ingest.library import LibraryWriter
writer = LibraryWriter.open(sys.argv[1])
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run(python(code, folder), env=environment(), check=False).returncode == -9
    with LibraryWriter.open(folder):
        pass


def test_a_lock_is_let_go_when_opening_fails(folder: Path) -> None:
    for _ in range(2):
        with pytest.raises(LibraryError, match="made with the model 'all-MiniLM-L6-v2'"):
            LibraryWriter.open(folder, Manifest(model="another"))
    with LibraryWriter.open(folder):
        pass


IN_ANOTHER_PROCESS = """
import sys
from tests.conftest import *
from tests.conftest import article
with with_embedder(LibraryWriter.open(sys.argv[1]), WordEmbedder()) as writer:
    if sys.argv[2] == "add":
        add_articles([article(f"new{i}", f"Who shelled the copper mine at Velm? {i}.")
                      for i in range(40)], writer)
    else:
        for entry in writer.entries():
            if "/new" in entry.source[5:]:
                writer.remove(entry.id)
"""


def test_readers_see_what_another_process_wrote_and_removed(folder: Path) -> None:
    """Also a library opened anew in a process that has opened it before."""

    def write(action: str) -> None:
        command = python(IN_ANOTHER_PROCESS, folder, action)
        subprocess.run(command, env=environment(), check=True)

    with open_library(folder) as early:
        original = nearest(early)
        assert original[0][0] == "mine"
        write("add")
        with open_library(folder) as late:
            for library in (early, late):
                assert early.count_articles() == 43
                assert {name[:3] for name, _ in nearest(library)} == {"new"}
                assert len(nearest(library, limit=30)) == 30
            write("remove")
            for library in (early, late):
                assert nearest(library) == original
        with open_library(folder) as latest:
            assert nearest(latest) == original
            assert latest.problems() == []


def test_readers_see_what_this_process_writes(folder: Path) -> None:
    with open_library(folder) as early, writing(folder) as writer:
        nearest(early)
        extra = many(25, words="Who shelled the copper mine at Velm?")
        add_articles(extra, writer)
        with open_library(folder) as late:
            for library in (early, late, writer):
                scores = [score for _, score in nearest(library, limit=9)]
                assert scores == exactly((*ARTICLES, *extra), limit=9)


def test_most_passages_removed_leave_the_others_found(tmp_path: Path) -> None:
    near = [article(f"near{i}", f"{QUESTION} Number {i}.") for i in range(60)]
    far = many(10)
    folder = make_library(tmp_path / "library", [*near, *far])
    with open_library(folder) as early:
        assert {name[:4] for name, _ in nearest(early, limit=10)} == {"near"}
        with writing(folder) as writer:
            for item in near:
                writer.remove(item.id)
        assert len(nearest(early, limit=10)) == 10
        assert [score for _, score in nearest(early, limit=10)] == exactly(far, limit=10)


def test_the_approximate_index_agrees_with_exact_scores(tmp_path: Path) -> None:
    items = many(200)
    with open_library(make_library(tmp_path / "library", items)) as library:
        for question in ("boat 70 left port 1", "Item 42", "Who says?"):
            scores = [score for _, score in nearest(library, question, limit=10)]
            assert scores == exactly(items, question, limit=10)


def test_threads_share_a_library(folder: Path) -> None:
    found: list[object] = []
    with open_library(folder) as library:
        expected = nearest(library)
        threads = [
            threading.Thread(target=lambda: found.append(nearest(library))) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [expected] * 8


def test_an_article_replaced_between_search_and_reading_is_not_mixed_up(folder: Path) -> None:
    with open_library(folder) as library, writing(folder) as writer:
        numbers = [number for number, _ in library.search_words("mine", 9)]
        stored = library._catalog.passages(numbers)
        add_articles([article("mine", "Short.")], writer)
        library._catalog.passages = lambda ids: stored  # type: ignore[method-assign]
        assert library.passages(numbers) == []
