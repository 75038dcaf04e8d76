"""The README says what the commands print, and its Python runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.embed import Embedder
from ingest.library import LibraryWriter
from ingest.pipeline import ingest
from rag import Assistant
from tests.conftest import ROOT, with_embedder

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """A folder with the library that `make ask` makes."""
    folder = tmp_path_factory.mktemp("checkout")
    with with_embedder(LibraryWriter.open(folder / ".sample-library"), embedder) as writer:
        report = ingest([ROOT / "ingest" / "samples"], writer)
    assert not report.failed
    return folder


def blocks(language: str) -> Iterator[str]:
    return (m[1] for m in re.finditer(rf"```{language}\n(.*?)```", README, re.DOTALL))


def test_the_answer_in_the_readme_is_what_make_ask_prints(samples: Path) -> None:
    printed = next(blocks("")).split("\n\n", 1)[1]
    with Assistant.open(samples / ".sample-library") as assistant:
        answer = assistant.ask("who claimed the Jalalabad attacks?")
    assert str(answer).strip() == printed.strip()
    assert answer.short == "ISKP"


def test_the_python_in_the_readme_runs(
    samples: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(samples)
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), {})
    assert "ISKP" in capsys.readouterr().out
