"""What a library survives: kills, damaged files, full disks, and writers and readers at once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ingest import library as library_module
from ingest import pipeline
from ingest.errors import LibraryBusy, LibraryError
from ingest.library import Library, LibraryWriter
from ingest.pipeline import add_articles
from tests.conftest import (
    ARTICLES,
    ROOT,
    WordEmbedder,
    article,
    environment,
    make_library,
    open_library,
    python,
    with_embedder,
)
from tests.soak.kills import KINDS

QUESTION = "Who shelled the copper mine at Velm?"
MANY = 1_300  # more than Chroma keeps outside its graph


def test_a_killed_writer_leaves_a_library_that_answers_and_is_completed() -> None:
    """One kill of each kind, in a process of its own: the writers are forked, which needs one in
    which nothing was opened."""
    soak = subprocess.run(
        [sys.executable, "-m", "tests.soak", "--kills", "1", "--articles", "8"],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert soak.returncode == 0, soak.stderr
    assert len(soak.stdout.splitlines()) == 2 + 2 * len(KINDS), soak.stdout


# Files that are damaged


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library whose index has a graph; nobody may change it."""
    items = [article(f"n{i}", f"Item {i} says that boat {i * 7} left.") for i in range(MANY)]
    return make_library(tmp_path_factory.mktemp("large") / "library", items)


def nearest(library: Library) -> list[tuple[int, float]]:
    return library.search_vectors(WordEmbedder().embed_question("Item 42 and boat 7"), 10)


def spoil(file: Path, way: str) -> None:
    data = file.read_bytes()
    match way:
        case "deleted":
            file.unlink()
        case "cut off":
            file.write_bytes(data[: len(data) // 2])
        case "zeros":
            file.write_bytes(bytes(len(data)))
        case "flipped bits":
            file.write_bytes(bytes(byte ^ 0x41 for byte in data))


FILES = ("data_level0.bin", "header.bin", "index_metadata.pickle", "length.bin", "link_lists.bin")


@pytest.mark.parametrize("way", ["deleted", "cut off", "zeros", "flipped bits"])
def test_a_damaged_index_is_never_asked_and_made_anew(
    large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Chroma itself ends the process with some of these, and answers wrongly with others."""
    monkeypatch.setattr(library_module, "_EXACT_UP_TO", 0)
    with open_library(large) as library:
        expected = nearest(library)
        assert library._loaded
    for name in (*FILES, "chroma.sqlite3"):
        folder = shutil.copytree(large, tmp_path / name)
        (file,) = (folder / "chroma").rglob(name)
        spoil(file, way)
        with open_library(folder) as library:
            assert nearest(library) == expected
            assert "vector index" in str(library.problems()), name
    with with_embedder(LibraryWriter.open(folder), WordEmbedder()) as writer:
        assert vars(writer)["embedder"].embedded == []
    with open_library(folder) as library:
        assert library.problems() == []
        assert nearest(library) == expected
        assert library._loaded


KILLED_WHILE_IT_WROTE = """
import os, signal, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA cache_size = 1")
database.execute("BEGIN IMMEDIATE")
database.execute("CREATE TABLE half AS SELECT * FROM embeddings_queue")
database.execute("DELETE FROM embeddings_queue")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_had_begun_in_the_index_is_undone(
    large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_module, "_EXACT_UP_TO", 0)
    folder = shutil.copytree(large, tmp_path / "library")
    database = folder / "chroma" / "chroma.sqlite3"
    assert run(KILLED_WHILE_IT_WROTE, database)[0] == -signal.SIGKILL
    assert database.with_name("chroma.sqlite3-journal").stat().st_size
    assert database.read_bytes() != (large / "chroma" / "chroma.sqlite3").read_bytes()
    with open_library(folder) as library:
        assert library.problems() == []
        assert nearest(library)
        assert library._loaded
    with sqlite3.connect(database) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        assert tables >= {"embeddings_queue"}
        assert "half" not in tables


SMALL_DISK = """
import resource, sys
from ingest.errors import LibraryError
from ingest.library import LibraryWriter
from ingest.pipeline import add_articles
from tests.conftest import WordEmbedder, article, with_embedder
items = [article(f"n{i}", f"Item {i} left. " + "A wave was high. " * 200) for i in range(60)]
if sys.argv[2] != "0":
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    with with_embedder(LibraryWriter.open(sys.argv[1]), WordEmbedder()) as library:
        add_articles(items, library)
except LibraryError as error:
    print(error)
    sys.exit(7)
"""


def run(code: str, *arguments: str | Path, prefix: tuple[str, ...] = ()) -> tuple[int, str]:
    done = subprocess.run(
        [*prefix, *python(code, *arguments)], env=environment(), capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("kilobytes", [8, 300, 900])
def test_a_file_that_cannot_grow_stops_an_ingest_and_loses_nothing(
    tmp_path: Path, kilobytes: int
) -> None:
    folder = tmp_path / "library"
    code, said = run(SMALL_DISK, folder, str(kilobytes * 1024))
    assert code == 7, said
    assert "cannot be" in said
    _check_and_complete(folder)


def test_a_full_disk_stops_an_ingest_and_loses_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", disk])
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        code, said = run(SMALL_DISK, disk / "library", "0")
        assert code == 7, said
        assert "cannot be" in said
        assert "room" in said
        shutil.copytree(disk / "library", tmp_path / "library")
    finally:
        subprocess.run(["umount", disk], check=True)
    _check_and_complete(tmp_path / "library")


def _check_and_complete(folder: Path) -> None:
    """What a failed ingest left is sound and answers; the next one completes it."""
    if (folder / "library.json").exists():
        with open_library(folder) as library:
            assert library.problems() == []
            assert len(nearest(library)) == min(10, library.count_passages())
    code, said = run(SMALL_DISK, folder, "0")
    assert code == 0, said
    with open_library(folder) as library:
        assert library.count_articles() == 60
        assert library.problems() == []
        assert not library.index_is_unfinished()


# Invariants


BREAKS = {
    "UPDATE articles SET text = text || 'x' WHERE rowid = 1": "not what their id and version say",
    "UPDATE articles SET source = 'elsewhere' WHERE rowid = 1": "not what their id and version",
    "UPDATE passages SET end = 100000 WHERE id = 1": "outside their text",
    "UPDATE passages SET start = start + 1 WHERE id = 1": "outside their text",
    "UPDATE passages SET sentences = '[]' WHERE id = 1": "outside their text",
    "UPDATE passages SET vector = zeroblob(128) WHERE id = 1": "not of length 1",
    "UPDATE passages SET article = 'nobody' WHERE id = 1": "passages have no article",
    "UPDATE words SET body = 'other' WHERE rowid = 1": "other words",
    "INSERT INTO words (rowid, title, body) VALUES (99, '', 'more')": "have no passage",
    "INSERT INTO passages SELECT 98, article, start, end, sentences, vector FROM passages"
    " WHERE id = 1": "missing from the full-text index",
    "INSERT INTO removed_passages VALUES (1)": "noted as removed",
    "UPDATE marks SET value = 999 WHERE name = 'indexed_through'": "above the highest number",
    "DELETE FROM words_data WHERE id > 10": "full-text index is damaged",
    "UPDATE marks SET value = 12345 WHERE name = 'index_seal'": "not those that were written",
}


@pytest.mark.parametrize("sql", BREAKS)
def test_every_invariant_that_is_broken_is_named(tmp_path: Path, sql: str) -> None:
    folder = make_library(tmp_path / "library", ARTICLES)
    with open_library(folder) as library:
        assert library.problems() == []
    with LibraryWriter.open(folder) as writer, writer._catalog.transaction() as connection:
        connection.execute("PRAGMA defer_foreign_keys = 1")
        connection.execute(sql)
    with open_library(folder) as library:
        assert BREAKS[sql] in str(library.problems())


def test_an_index_with_too_few_or_too_many_vectors_is_named(tmp_path: Path) -> None:
    folder = make_library(tmp_path / "library", ARTICLES)
    with LibraryWriter.open(folder) as writer:
        vector = WordEmbedder().embed_question("boat")[None]
        numbers = writer._catalog.vectors()[0]
        with writer._catalog.transaction() as connection:
            connection.execute("UPDATE marks SET value = 99 WHERE name = 'indexed_through'")
            connection.execute("UPDATE sqlite_sequence SET seq = 99")
        writer._index.add(numbers[:1] + 50, vector)
    with open_library(folder) as library:
        assert library.problems() == ["the vector index holds 1 passages that are gone"]


# Writers and readers at once


def test_a_second_writer_is_told_who_writes(tmp_path: Path) -> None:
    with LibraryWriter.open(tmp_path):
        with pytest.raises(LibraryBusy, match=f"process {os.getpid()} on .*, since 20"):
            LibraryWriter.open(tmp_path)
        (tmp_path / "writer.json").write_text("{}")
        with pytest.raises(LibraryBusy, match="Another process is writing"):
            LibraryWriter.open(tmp_path)
    assert not (tmp_path / "writer.json").exists()


def test_a_lock_taken_in_one_thread_is_let_go_in_another(tmp_path: Path) -> None:
    writer = LibraryWriter.open(tmp_path)
    thread = threading.Thread(target=writer.close)
    thread.start()
    thread.join()
    LibraryWriter.open(tmp_path).close()


READING = """
import sys, time
from pathlib import Path
from ingest import library as library_module
from tests.conftest import WordEmbedder, open_library
library_module._EXACT_UP_TO = 0
seen = {}
with open_library(Path(sys.argv[1])) as library:
    print("open", flush=True)
    end = time.time() + 60
    while len(seen) < 12 and time.time() < end:
        vector = WordEmbedder().embed_question("fresh news")
        for number, _ in library.search_vectors(vector, 20):
            for _, item in library.passages([number]):
                if "fresh" in item.source:
                    seen.setdefault(item.source, time.time())
        time.sleep(0.02)
import json
print(json.dumps(seen))
"""


def test_readers_in_other_processes_see_a_commit_within_a_second(tmp_path: Path) -> None:
    folder = make_library(tmp_path / "library", ARTICLES)
    readers = [
        subprocess.Popen(
            python(READING, folder), env=environment(), stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "open\n"
    committed: dict[str, float] = {}
    with with_embedder(LibraryWriter.open(folder), WordEmbedder()) as writer:
        for number in range(12):
            item = article(f"fresh{number}", "Fresh news. Fresh news.")
            add_articles([item], writer)
            committed[item.source] = time.time()
    for reader in readers:
        seen = json.loads(reader.communicate()[0])
        assert set(seen) == set(committed)
        late = sorted(seen[source] - committed[source] for source in committed)
        assert late[len(late) // 2] < 1, late


def test_a_reader_reads_each_vector_of_the_catalog_once(tmp_path: Path) -> None:
    folder = make_library(tmp_path / "library", ARTICLES)
    with open_library(folder) as library:
        blocks = library._catalog.vector_blocks
        asked: list[int] = []

        def counted(*, after: int = 0) -> object:
            asked.append(after)
            return blocks(after=after)

        library._catalog.vector_blocks = counted  # type: ignore[method-assign,assignment]
        first = nearest(library)
        assert nearest(library) == first
        make_library(folder, [article("new", "Item 42 and boat 7")])
        assert nearest(library)[0] not in first
        with LibraryWriter.open(folder) as writer:
            writer.remove(article("new", "x").id)
        assert nearest(library) == first
    highest = max(number for number, _ in first)
    assert asked[:3] == [0, highest, highest]


def test_without_room_to_keep_vectors_all_are_still_scored(
    large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_library(large) as library:
        expected = nearest(library)
    monkeypatch.setattr("ingest.exact._MOST_KEPT_BYTES", 0)
    monkeypatch.setattr("ingest.catalog._BLOCK", 100)
    with open_library(large) as library:
        assert [nearest(library), nearest(library)] == [expected] * 2


# Articles that are more than a batch


class Stopped(BaseException):
    """Stands for the end of the process."""


class Tired(WordEmbedder):
    """Ends the process after so many texts."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def embed_passages(self, texts, on_progress=None):  # type: ignore[no-untyped-def]
        if len(self.embedded) + len(texts) > self.most:
            raise Stopped
        return super().embed_passages(texts, on_progress)


def test_an_enormous_article_is_embedded_once_whatever_stops_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "_BATCH_PASSAGES", 16)
    items = [f"Item {i} left. " + f"Wave {i} was high. " * 30 for i in range(100)]
    enormous = article("enormous", "\n\n".join(items))
    texts: list[str] = []
    embedder: WordEmbedder = Tired(50)
    with with_embedder(LibraryWriter.open(tmp_path), embedder) as writer, pytest.raises(Stopped):
        add_articles([enormous], writer)
    texts += embedder.embedded
    assert len(texts) == 48
    with open_library(tmp_path) as library:
        assert library.count_articles() == 0
        assert library.problems() == []
    embedder = WordEmbedder()
    with with_embedder(LibraryWriter.open(tmp_path), embedder) as writer:
        add_articles([enormous], writer)
        assert writer._catalog.rows("SELECT count(*) FROM drafts") == [(0,)]
    texts += embedder.embedded
    with open_library(tmp_path) as library:
        assert len(texts) == len(set(texts)) == library.count_passages() == 100
        straight = make_library(tmp_path / "straight", [enormous])
        with open_library(straight) as other:
            assert (library._catalog.vectors()[1] == other._catalog.vectors()[1]).all()


def test_an_interrupted_ingest_stores_what_it_read(tmp_path: Path) -> None:
    press = tmp_path / "press"
    press.mkdir()
    for number in range(9):
        (press / f"n{number}.txt").write_text(f"Boat {number} left.")
    asked = iter([False] * 6 + [True] * 99)
    with with_embedder(LibraryWriter.open(tmp_path / "library"), WordEmbedder()) as writer:
        with pytest.raises(KeyboardInterrupt):
            pipeline.ingest([press], writer, should_stop=lambda: next(asked))
        stored = writer.count_articles()
        assert 0 < stored < 9
        pipeline.ingest([press], writer)
        assert vars(writer)["embedder"].embedded == [f"Boat {n} left." for n in range(9)]


def test_a_library_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "library.json.new").mkdir()
    with pytest.raises(LibraryError, match=r"cannot be written.*room"):
        LibraryWriter.open(tmp_path)
