"""A library that was split as an older version did: told, and split anew without losing a thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ingest.article import Article, Passage
from ingest.backup import backup, restore
from ingest.library import Library, LibraryWriter
from ingest.pipeline import add_articles, embedding_text
from ingest.split import SPLITTING, split_sentences
from ingest.upgrade import Resplit, split_anew
from tests.conftest import ARTICLES, WordEmbedder, make_library, open_library, with_embedder

LONG = replace(ARTICLES[0], source="/news/long.txt", text="\n\n".join([ARTICLES[0].text] * 9))


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A library in which LONG has a passage for each sentence, and the first article the sentences
    of another splitter in the same passages."""
    folder = make_library(tmp_path / "library", [*ARTICLES, LONG])
    with writer(folder) as library:
        sentences = [Passage(span, (span,)) for span in split_sentences(LONG.text)]
        texts = [embedding_text(LONG, passage) for passage in sentences]
        library.split(LONG, sentences, library.embedder.embed_passages(texts))
        passages, vectors = library.split_of(ARTICLES[0].id)
        merged = [replace(passage, sentences=(passage.span,)) for passage in passages]
        library.split(ARTICLES[0], merged, vectors)
        library.note_split(SPLITTING - 1)
    return folder


def writer(folder: Path) -> LibraryWriter:
    opened: LibraryWriter = with_embedder(LibraryWriter.open(folder), WordEmbedder())
    return opened


def test_a_library_is_split_as_if_it_were_new_and_only_new_passages_are_embedded(
    older: Path, tmp_path: Path
) -> None:
    told = list[tuple[int, int]]()
    with writer(older) as library:
        assert not library.is_split_as_now()
        before = library.entries()
        done = split_anew(library, lambda *numbers: told.append(numbers))
        embedded = library.embedder.embedded  # type: ignore[attr-defined]
        assert library.is_split_as_now()
        assert split_anew(library) == Resplit()
    new = make_library(tmp_path / "new", [*ARTICLES, LONG])
    with open_library(older) as library, open_library(new) as fresh:
        assert library.problems() == []
        for entry in fresh.entries():
            assert library.article(entry.id) == fresh.article(entry.id)
            passages, vectors = library.split_of(entry.id)
            expected, rows = fresh.split_of(entry.id)
            assert passages == expected
            assert np.array_equal(vectors, rows)
        assert done == Resplit(2, len(fresh.split_of(LONG.id)[0]))
        assert {e.id: e.added for e in library.entries()} == {e.id: e.added for e in before}
    assert embedded == [embedding_text(LONG, one) for one in passages_of(new, LONG)]
    assert told[-1] == (len(before), len(before))


def passages_of(folder: Path, article: Article) -> list[Passage]:
    with open_library(folder) as library:
        return library.split_of(article.id)[0]


def test_what_an_interruption_left_the_next_call_completes(older: Path) -> None:
    def stop(done: int, _: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with writer(older) as library, pytest.raises(KeyboardInterrupt):
        split_anew(library, stop)
    with writer(older) as library:
        assert not library.is_split_as_now()
        split_anew(library)
        assert library.problems() == []
        assert library.is_split_as_now()


@pytest.mark.parametrize(
    "put", [lambda library: None, lambda library: add_articles([LONG], library)]
)
def test_writing_to_an_older_library_does_not_make_it_newer(
    older: Path, put: Callable[[LibraryWriter], object]
) -> None:
    with writer(older) as library:
        put(library)
        assert not library.is_split_as_now()


def test_a_copy_remembers_how_it_is_split(older: Path, tmp_path: Path) -> None:
    with Library.open(older) as library:
        backup(library, tmp_path / "copy")
    restore(tmp_path / "copy", tmp_path / "again")
    with Library.open(tmp_path / "again") as library:
        assert not library.is_split_as_now()
    with Library.open(make_library(tmp_path / "new", ARTICLES)) as library:
        assert library.is_split_as_now()
        backup(library, tmp_path / "newer")
    with Library.open(tmp_path / "newer") as library:
        assert library.is_split_as_now()
