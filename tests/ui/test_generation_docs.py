"""The generation page: its commands and its Python run, with a scripted model."""

from __future__ import annotations

import doctest
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from rag.llm import PROVIDERS
from tests.language_models import QueuedLLM, evidence_in

Run = Callable[..., Result]
PAGE = (Path(__file__).parents[2] / "docs" / "generation.md").read_text(encoding="utf-8")
AS_SHOWN = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def designer(prompt: str) -> str:
    [number] = [n for n, text in evidence_in(prompt).items() if "Pavel Orlik" in text]
    return f"Pavel Orlik, an engineer, designed the bridge. [{number}]"


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stands for every model; the names that were asked for."""
    named: list[str] = []

    def load(name: str, *, timeout_s: float) -> QueuedLLM:
        named.append(name)
        return QueuedLLM(replies=[designer], endless=True)

    monkeypatch.setattr("rag.llm.load_llm", load)
    return named


def test_the_commands_do_what_the_page_says(
    run: Run, press: Path, tmp_path: Path, scripted: list[str]
) -> None:
    shutil.copytree(press, tmp_path / "press")
    [block] = re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    examples = re.findall(r"^\$ groundwire (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    assert len(examples) == 2
    for line, expected in examples:
        result = run(*shlex.split(line))
        assert doctest.OutputChecker().check_output(expected, result.stdout, AS_SHOWN), (
            f"$ groundwire {line}\n{result.output}"
        )
    assert scripted == ["ollama:qwen3:8b"]


def test_the_python_runs(
    made_library: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(made_library, tmp_path / "news")
    monkeypatch.chdir(tmp_path)
    [block] = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    exec(compile(block, "generation.md", "exec"), {})
    assert "generated Pavel Orlik, an engineer, designed the bridge." in capsys.readouterr().out


def test_every_form_of_a_name_is_in_the_table() -> None:
    named = [name.partition(":")[0] for name in re.findall(r"^\| `([^`]+)` \|", PAGE, re.M)]
    assert set(named) >= set(PROVIDERS)
