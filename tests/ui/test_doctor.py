"""`groundwire doctor` on libraries that are whole, missing and damaged."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from click.testing import Result

from ingest.library import LibraryWriter
from ingest.split import SPLITTING

Run = Callable[..., Result]
NAMES = [
    *("versions", "full-text index", "telemetry", "token tables", "embedding model"),
    *("settings", "reader", "library", "free disk"),
]


def test_all_is_well(run: Run, made_library: Path) -> None:
    result = run("doctor", library=made_library)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert [line[6:].partition(":")[0] for line in lines] == NAMES
    assert "off in Chroma, Hugging Face, Gradio" in result.stdout
    assert "3 articles, 3 passages, model all-MiniLM-L6-v2" in result.stdout


def test_no_library_yet_is_no_fault(run: Run, tmp_path: Path) -> None:
    result = run("doctor", "--json", library=tmp_path / "nowhere")
    report = json.loads(result.stdout)
    assert (result.exit_code, report["ok"]) == (0, True)
    (library,) = (check for check in report["checks"] if check["name"] == "library")
    assert library["state"] == "note"
    assert library["remedy"] == "Make one with `groundwire ingest SOURCE`."
    assert not (tmp_path / "nowhere").exists()


def test_a_damaged_library_is_wrong_and_the_rest_is_checked(run: Run, own_library: Path) -> None:
    with closing(sqlite3.connect(own_library / "catalog.sqlite")) as connection:
        connection.execute("DELETE FROM words WHERE rowid = 1")
        connection.commit()
    result = run("doctor", "--json", library=own_library)
    report = json.loads(result.stdout)
    assert (result.exit_code, report["ok"]) == (1, False)
    assert [check["name"] for check in report["checks"]] == NAMES
    (wrong,) = (check for check in report["checks"] if check["state"] == "wrong")
    assert "1 passages are missing from the full-text index" in wrong["detail"]
    assert wrong["remedy"]


def test_a_file_that_is_no_catalog_is_wrong(run: Run, own_library: Path) -> None:
    (own_library / "catalog.sqlite").write_text("no database " * 400)
    result = run("doctor", library=own_library)
    assert result.exit_code == 1
    assert "wrong library: " in result.stdout
    assert "Traceback" not in result.output


def test_wrong_settings_are_wrong(run: Run) -> None:
    result = run("doctor", env={"GROUNDWIRE_THRESHOLD": "high"})
    assert result.exit_code == 1
    assert "wrong settings: GROUNDWIRE_THRESHOLD is 'high'" in result.stdout


def test_a_reader_that_is_not_there_is_wrong(run: Run, made_library: Path) -> None:
    result = run("doctor", library=made_library, env={"GROUNDWIRE_READER": "nosuch.onnx"})
    assert result.exit_code == 1
    assert "wrong reader: " in result.stdout
    assert "nosuch" in result.stdout


def test_a_library_that_an_older_version_split_is_noted_and_upgraded(
    run: Run, made_library: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "older"
    shutil.copytree(made_library, folder)
    with LibraryWriter.open(folder) as library:
        library.note_split(SPLITTING - 1)
    noted = run("doctor", library=folder).stdout
    assert "its articles are split as an older version did. `groundwire upgrade` splits" in noted
    upgraded = run("upgrade", library=folder).stdout
    assert "Articles split anew: 0 of 3; passages embedded for that: 0." in upgraded
    assert "older version" not in run("doctor", library=folder).stdout
