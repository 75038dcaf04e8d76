"""`groundwire ingest` and `groundwire reindex` on real files and a real library."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from ingest.library import Library, LibraryWriter
from ingest.pipeline import ingest

Run = Callable[..., Result]
Spawn = Callable[..., subprocess.Popen[str]]


def test_ingest_is_quiet_and_needs_no_network(
    first_ingest: subprocess.CompletedProcess[str], made_library: Path
) -> None:
    assert first_ingest.stderr == ""
    assert re.fullmatch(
        r"3 added, 0 updated, 0 unchanged, 0 failed, 0 skipped \(other formats\):"
        r" 3 passages embedded in \d+\.\d s\.\n"
        rf"The library {re.escape(repr(str(made_library)))} holds 3 articles\.\n",
        first_ingest.stdout,
    )


def test_a_second_ingest_does_only_what_changed(
    run: Run, press: Path, tmp_path: Path, own_library: Path
) -> None:
    files = sorted(press.iterdir())
    result = run("ingest", press, library=own_library)
    assert result.exit_code == 0
    assert result.stdout.startswith("0 added, 0 updated, 3 unchanged, 0 failed, 0 skipped")
    own = Path(shutil.copytree(press, tmp_path / "press"))
    first = json.loads(run("ingest", own, "--json", library=own_library).stdout)
    assert first["added"] == [str(own / file.name) for file in files]
    (own / "bridge.md").write_text("The bridge is closed again.")
    second = json.loads(run("ingest", "press", "--json", library=own_library).stdout)
    assert second["updated"] == [str(own / "bridge.md")]
    assert len(second["unchanged"]) == 2
    assert (second["passages"], second["articles"]) == (1, 6)


def test_a_bar_is_drawn_on_a_terminal_only(spawn: Spawn, press: Path, own_library: Path) -> None:
    ours, theirs = pty.openpty()
    process = spawn("ingest", press, "--library", own_library, stderr=theirs)
    assert process.communicate()[0].startswith("0 added")
    os.close(theirs)
    drawn = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "Ingesting: 100%" in drawn
    assert not drawn.rpartition("\r")[2].strip()  # it leaves no trace


def test_progress_counts_every_byte_once(press: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    with LibraryWriter.open(tmp_path / "new") as library:
        ingest([press], library, on_progress=lambda done, total: told.append((done, total)))
    size = sum(file.stat().st_size for file in press.iterdir())
    assert told[0] == (0, size)
    assert told[-1] == (size, size)
    assert told == sorted(told)


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(
    run: Run, tmp_path: Path, own_library: Path
) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "good.txt").write_text("The mill reopened in June.")
    (folder / "empty.txt").touch()
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 9)
    (folder / "picture.png").touch()
    (folder / "large.txt").write_text("The mill. " * 20_000)
    arguments = ("mixed", "nosuch.txt", "--max-file-mb", "0.1")
    result = run("ingest", *arguments, library=own_library)
    assert result.exit_code == 4
    assert result.stdout.startswith("1 added, 0 updated, 0 unchanged, 4 failed, 1 skipped")
    said = result.stderr.splitlines()
    assert len(said) == 4
    for name in ("empty.txt", "binary.txt", "large.txt", "nosuch.txt"):
        assert any(f"{name}' " in line and line.startswith("groundwire: '") for line in said), name
    failed = json.loads(run("ingest", *arguments, "--json", library=own_library).stdout)["failed"]
    assert {"message", "remedy"} == set(failed[0])


def test_a_library_keeps_its_model_and_passages(run: Run, press: Path, own_library: Path) -> None:
    other = run("ingest", press, "--model", "other", library=own_library)
    assert (other.exit_code, other.stderr) == (
        1,
        "groundwire: The library was made with the model 'all-MiniLM-L6-v2', not 'other'."
        " Use that model, or ingest the articles into a new library.\n",
    )
    size = run("ingest", press, library=own_library, env={"GROUNDWIRE_PASSAGE_TOKENS": "100"})
    assert (size.exit_code, size.stderr) == (
        1,
        "groundwire: The library was made with passages of 160 tokens, not 100."
        " Use that size, or ingest the articles into a new library.\n",
    )


def test_no_library_is_made_with_a_model_that_cannot_be_used(
    run: Run, press: Path, tmp_path: Path
) -> None:
    (tmp_path / "model").mkdir()
    result = run("ingest", press, "--model", "model", library=tmp_path / "new")
    assert result.exit_code == 1
    assert result.stderr.startswith("groundwire: The embedding model ")
    assert not (tmp_path / "new").exists()


def test_passage_tokens_make_smaller_passages(run: Run, press: Path, tmp_path: Path) -> None:
    result = run("ingest", press, "--passage-tokens", "24", "--json", library=tmp_path / "new")
    assert json.loads(result.stdout)["passages"] > 3
    again = run("ingest", press, library=tmp_path / "new")
    assert again.exit_code == 0


def test_one_writer_at_a_time(run: Run, press: Path, own_library: Path) -> None:
    with LibraryWriter.open(own_library):
        result = run("ingest", press, "--lock-timeout-s", "0.1", library=own_library)
    assert result.exit_code == 1
    start, _, rest = result.stderr.partition(f"{str(own_library)!r}: process {os.getpid()} on ")
    assert start == "groundwire: Another process is writing to the library "
    assert rest.endswith(". Wait until it has finished, then try again.\n")


def test_reindex_mends_a_lost_index(run: Run, own_library: Path) -> None:
    shutil.rmtree(own_library / "chroma")
    assert run("doctor", library=own_library).exit_code == 1
    result = run("reindex", library=own_library)
    assert (result.exit_code, result.stdout) == (
        0,
        "The vector index of 3 passages was made anew.\n",
    )
    with Library.open(own_library) as library:
        assert library.problems() == []


def test_a_source_that_is_no_file(run: Run, own_library: Path) -> None:
    result = run("ingest", "", library=own_library)
    assert result.exit_code == 4
    assert "groundwire: '' cannot be read: " in result.stderr
