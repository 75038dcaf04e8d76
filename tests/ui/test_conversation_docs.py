"""The conversation page: its examples run, and so does its Python."""

from __future__ import annotations

import doctest
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]
PAGE = (Path(__file__).parents[2] / "docs" / "conversation.md").read_text(encoding="utf-8")
AS_SHOWN = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def test_the_examples_do_what_the_page_says(run: Run, press: Path, tmp_path: Path) -> None:
    shutil.copytree(press, tmp_path / "press")
    [block, *_] = re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    examples = re.findall(
        r'^\$ (?:echo "(.*)" \| )?groundwire (.*)\n((?:(?!\$ ).*\n)*)', block, re.MULTILINE
    )
    assert len(examples) == 3
    for typed, line, expected in examples:
        result = run(*shlex.split(line), stdin=f"{typed}\n" if typed else None)
        assert doctest.OutputChecker().check_output(expected, result.stdout, AS_SHOWN), (
            f"$ groundwire {line}\n{result.output}"
        )
        assert result.exit_code == 0


def test_the_python_runs(
    made_library: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(made_library, tmp_path / "library")
    monkeypatch.chdir(tmp_path)
    [block] = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    exec(compile(block, "conversation.md", "exec"), {})
    assert "denied that tally" in capsys.readouterr().out
