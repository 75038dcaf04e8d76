"""What people get wrong: one line that says what, where and the remedy, and nothing is made."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.fixture
def place(tmp_path: Path, made_library: Path) -> Path:
    """A folder with a file, a library of a wrong manifest, and one without a catalog."""
    (tmp_path / "afile").write_text("It rained.")
    for name, facts in {"wrong": {"model": 5}, "gone": {}}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "library.json").write_text(json.dumps({"format": 1, **facts}))
    return tmp_path


@pytest.mark.parametrize(
    ("words", "library", "said"),
    [
        (["ask", "Who?"], "afile", "There is no library in "),
        (["ask", "Who?"], "wrong", "its model is 5. Restore it from a backup"),
        (["ask", "Who?", "--reader", "none.onnx"], None, "There is no reader 'none.onnx'. Name"),
        (["ingest", "afile"], "afile", "cannot be made: File exists. Name a folder"),
        (["restore", "COPY", "--yes"], "afile", "cannot be made: File exists. Name a folder"),
        (["rescue", "afile/new"], None, "cannot be made: Not a directory. Name a folder"),
        (["upgrade"], "gone", "unable to open database file. Check the disk"),
        (["mcp"], "nowhere", "There is no library in "),
        (["serve", "--port", "0", "--conversations", "gone"], None, "conversations 'gone' cannot"),
        (["eval", "report", "none.json"], None, "No such file or directory. Name a file that `gr"),
    ],
)
def test_a_mistake_is_one_line(
    run: Run, place: Path, made_library: Path, words: list[str], library: str | None, said: str
) -> None:
    words = [str(made_library) if word == "COPY" else word for word in words]
    at = place / library if library else made_library
    result = run(*words, library=None if words[0] == "eval" else at)
    assert result.exit_code == 1
    error = result.stderr.splitlines()[-1]
    assert error.startswith("groundwire: ")
    assert said in error
    assert "Unexpected" not in result.stderr
    assert not (place / "nowhere").exists()
    assert not (place / "gone" / "catalog.sqlite").exists()


@pytest.mark.parametrize(
    "flag", [("--passages", "0"), ("--sentences", "0"), ("--threshold", "9"), ("--threshold", "-1")]
)
def test_a_number_that_means_nothing_is_refused_by_eval(run: Run, flag: tuple[str, str]) -> None:
    result = run("eval", "run", "local", "--limit", "1", *flag)
    assert result.exit_code == 2
    assert f"Invalid value for '{flag[0]}'" in result.stderr
