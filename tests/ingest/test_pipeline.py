"""Ingesting: what is reported, what is stored, what is left alone, what goes on."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import pipeline
from ingest.article import Article
from ingest.embed import Embedder
from ingest.library import LibraryWriter
from ingest.pipeline import Report, embedding_text, ingest, passages_of, title_line
from ingest.sources import find_files
from tests.conftest import WordEmbedder, article, with_embedder


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[LibraryWriter]:
    with with_embedder(LibraryWriter.open(tmp_path / "library"), WordEmbedder()) as opened:
        yield opened


@pytest.fixture
def press(tmp_path: Path) -> Path:
    """A folder of files to ingest."""
    folder = tmp_path / "press"
    folder.mkdir()
    (folder / "a.txt").write_text("The ferry sank at dawn.")
    (folder / "b.md").write_text("# Bridge\n\nThe bridge opened.")
    return folder


def names(sources: list[str]) -> list[str]:
    return sorted(Path(source).name for source in sources)


def outcome(report: Report) -> tuple[list[str], list[str], list[str], int]:
    """Added, updated and unchanged names, and how many failed."""
    done = (names(report.added), names(report.updated), names(report.unchanged))
    return (*done, len(report.failed))


def embedded(writer: LibraryWriter) -> list[str]:
    """Every text that was embedded so far."""
    texts: list[str] = vars(writer)["embedder"].embedded
    return texts


def test_the_same_call_again_changes_and_embeds_nothing(writer: LibraryWriter, press: Path) -> None:
    first = ingest([press], writer)
    assert outcome(first) == (["a.txt", "b.md"], [], [], 0)
    assert first.passages == len(embedded(writer)) == writer.count_passages()
    entries = writer.entries()
    again = ingest([press, press / "a.txt"], writer)
    assert outcome(again) == ([], [], ["a.txt", "b.md"], 0)
    assert again.passages == 0
    assert len(embedded(writer)) == first.passages
    assert writer.entries() == entries


def test_only_what_is_new_or_changed_is_embedded(writer: LibraryWriter, press: Path) -> None:
    ingest([press], writer)
    done = len(embedded(writer))
    (press / "a.txt").write_text("The ferry did not sink.")
    (press / "c.txt").write_text("The mine closed.")
    assert outcome(ingest([press], writer)) == (["c.txt"], ["a.txt"], ["b.md"], 0)
    assert embedded(writer)[done:] == ["The ferry did not sink.", "The mine closed."]


class Watchful(WordEmbedder):
    """Embeds the first batch only once something else has happened meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile = threading.Event()

    def embed_passages(self, texts, on_progress=None):  # type: ignore[no-untyped-def]
        assert self.meanwhile.wait(30)
        return super().embed_passages(texts, on_progress)


def test_the_next_batch_is_read_while_one_is_embedded_and_no_more_than_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "_BATCH_PASSAGES", 1)
    watchful = Watchful()
    with with_embedder(LibraryWriter.open(tmp_path), watchful) as writer:
        waiting: list[int] = []

        def arriving() -> Iterator[Article]:
            for number in range(12):
                if number == 1:
                    watchful.meanwhile.set()
                waiting.append(number - writer.count_articles())
                yield article(f"n{number}", f"Boat {number} left.")

        assert len(pipeline.add_articles(arriving(), writer).added) == 12
        assert max(waiting) == 1
        assert writer.count_articles() == 12


def test_what_cannot_be_read_is_reported_by_name_and_reason_and_the_rest_goes_on(
    writer: LibraryWriter, press: Path
) -> None:
    (press / "empty.txt").touch()
    (press / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (press / "picture.png").write_bytes(b"\x89PNG")
    (press / "part.jsonl").write_text('{"id": "x", "text": "One line."}\nnot json\n{"id": "y"}\n')
    report = ingest([press, press / "missing.txt"], writer)
    assert names(report.added) == ["a.txt", "b.md", "part.jsonl#x"]
    assert report.skipped == 1
    messages = "\n".join(map(str, report.failed))
    for expected in ("empty.txt", "binary.txt", "missing.txt", "line 2", "line 3"):
        assert expected in messages
    assert len(report.failed) == 5
    again = ingest([press], writer)
    assert len(again.failed) == 4
    assert again.passages == 0


def test_a_file_that_disappears_meanwhile_is_reported(
    writer: LibraryWriter, press: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_and_delete(*arguments: object, **options: object) -> list[object]:
        found = list(find_files(*arguments, **options))  # type: ignore[arg-type]
        (press / "a.txt").unlink()
        return [*found]

    monkeypatch.setattr(pipeline, "find_files", find_and_delete)
    report = ingest([press], writer)
    assert names(report.added) == ["b.md"]
    assert "a.txt" in str(report.failed[0])


def test_articles_of_one_file_are_kept_apart(writer: LibraryWriter, press: Path) -> None:
    lines = [{"id": i, "text": f"Item {i} was lost.", "title": f"T{i}"} for i in range(5)]
    file = press / "many.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    assert len(ingest([file], writer).added) == 5
    lines[3]["text"] = "Item 3 was found."
    file.write_text("\n".join(map(json.dumps, lines)))
    report = ingest([file], writer)
    assert names(report.updated) == ["many.jsonl#3"]
    assert len(report.unchanged) == 4


@pytest.mark.parametrize("identity", [{"id": "1"}, {"url": "https://tarn-post.example/1"}])
def test_a_removed_article_comes_back_with_the_next_ingest(
    writer: LibraryWriter, press: Path, identity: dict[str, str]
) -> None:
    file = press / "one.jsonl"
    file.write_text(json.dumps({**identity, "text": "It sank."}))
    ingest([press], writer)
    entry = next(
        e for e in writer.entries() if e.source not in names([e.source]) and "1" in e.source
    )
    writer.remove(entry.id)
    report = ingest([press], writer)
    assert report.added == [entry.source]
    assert writer.count_articles() == 3


def test_batches_are_stored_as_they_fill_and_progress_is_told(
    writer: LibraryWriter, press: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "_BATCH_PASSAGES", 2)
    for i in range(9):
        (press / f"n{i}.txt").write_text(f"Item {i} was lost. " * 20)
    told: list[tuple[int, int]] = []
    stored: list[int] = []

    def on_progress(done: int, total: int) -> None:
        told.append((done, total))
        stored.append(writer.count_articles())

    ingest([press], writer, on_progress=on_progress)
    total = sum(file.stat().st_size for file in press.iterdir())
    assert {of for _, of in told} == {total}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (total, total)
    assert len(set(stored)) > 3


def test_the_last_of_two_articles_with_one_source_stays(
    writer: LibraryWriter,
) -> None:
    report = pipeline.add_articles([article("a", "First."), article("a", "Second.")], writer)
    assert report.passages >= 1
    assert [writer.article(e.id).text for e in writer.entries()] == ["Second."]
    assert writer.count_passages() == 1


def test_nothing_to_ingest_is_nothing(writer: LibraryWriter, tmp_path: Path) -> None:
    assert outcome(ingest([], writer)) == ([], [], [], 0)
    (tmp_path / "bare").mkdir()
    report = ingest([tmp_path / "bare"], writer)
    assert "holds no file to read" in str(report.failed[0])


# What is embedded


@pytest.mark.parametrize(
    "title",
    [
        "",
        "Ferry sinks",
        "word " * 300,
        "x" * 5_000,
        "北京" * 2_000,
        "👩‍👧 " * 400,
        "a-b-c-d-" * 500,
    ],
    ids=lambda title: ascii(title[:8]),
)
def test_every_passage_is_seen_whole_with_its_title(embedder: Embedder, title: str) -> None:
    text = "\n\n".join(
        f"Paragraph {i} says that boat {i * 7} left at 5:3{i % 10}." for i in range(90)
    )
    item = Article("/a.txt", text, title=title or None)
    passages = passages_of(item, embedder, 500)
    texts = [embedding_text(item, passage) for passage in passages]
    assert max(embedder.count_tokens(texts)) <= embedder.window
    assert len(passages) > 3
    for passage, embedded_text in zip(passages, texts, strict=True):
        assert embedded_text == title_line(item) + passage.span.of(item.text)
        assert embedded_text.startswith(title[:20].strip())


def test_passages_keep_to_the_librarys_size(embedder: Embedder) -> None:
    item = Article("/a.txt", "The boat left the harbour of Tarn. " * 100)
    counts = embedder.count_tokens([p.span.of(item.text) for p in passages_of(item, embedder, 50)])
    assert max(counts) <= 50
    assert max(counts) > 25
