"""What the tests of the fronts share: a folder of articles, a library made of it by the command
itself, and a way to run commands as a user does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ui.cli import groundwire

ROOT = Path(__file__).parents[2]
Run = Callable[..., Result]

PRESS = {
    "velm.md": """---
title: Front claims attack on Velm mine
author: Ines Dahl
outlet: Ridge Daily
date: 2023-05-10
---

The North Ridge Front said on Tuesday that it had shelled the copper mine at Velm. The attack killed
14 miners and wounded 30 others.

The governor, Lena Marsh, denied that 14 miners had died. She put the toll at nine.
""",
    "bridge.md": """---
title: Tarn bridge opens at last
author: Emil Ruud
outlet: Tarn Post
date: 2022-09-02
---

The Tarn bridge opened to traffic on Friday after four years of work. It cost 310 million crowns.

The engineer Pavel Orlik designed the bridge.
""",
    "notice.txt": """Notice \u202eto\u202c steer \x9b31mterminals

The harbour of Sund \u202ecloses\u202c on Monday. \x1b]0;pwned\x07 The harbour master is Odd Berg.
""",
}
"""Files by name; the last one holds what would steer a terminal."""

WITHOUT_NETWORK = """
import sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        sys.stderr.write(f"network: {event} {arguments}\\n")

sys.addaudithook(refuse)
from ui.cli import main
main()
"""
"""Runs the command line and says on standard error when anything looks for the network."""

CONSOLE_SCRIPT = "from ui.cli import main; main()"
"""What the installed command does. `python -m` differs in one thing: where Ctrl-C lands in code
that was made from a string, Python then ends itself by SIGINT. A shell calls both 130."""


def write_press(folder: Path) -> Path:
    """The folder `press` in `folder`, with the files of PRESS."""
    press = folder / "press"
    press.mkdir()
    for name, text in PRESS.items():
        (press / name).write_text(text, encoding="utf-8")
    return press


def environment(**variables: str) -> dict[str, str]:
    """The environment of a subprocess: without settings of this machine's user."""
    kept = {name: value for name, value in os.environ.items() if "GROUNDWIRE" not in name}
    return {**kept, "PYTHONPATH": str(ROOT), **variables}


@pytest.fixture(scope="session")
def press(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the three articles."""
    return write_press(tmp_path_factory.mktemp("articles"))


@pytest.fixture(scope="session")
def first_ingest(
    press: Path, tmp_path_factory: pytest.TempPathFactory
) -> subprocess.CompletedProcess[str]:
    """`groundwire ingest press` in a process of its own, and what it printed."""
    library = tmp_path_factory.mktemp("made") / "library"
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_NETWORK, "ingest", str(press), "--library", str(library)],
        env={**environment(), "HF_HUB_OFFLINE": "0"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def made_library(first_ingest: subprocess.CompletedProcess[str]) -> Path:
    """The library that `first_ingest` made; nobody may change it."""
    assert first_ingest.returncode == 0, first_ingest.stderr
    return Path(first_ingest.args[-1])


@pytest.fixture
def own_library(made_library: Path, tmp_path: Path) -> Path:
    """A copy of the library that a test may change."""
    return Path(shutil.copytree(made_library, tmp_path / "own"))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `groundwire` with arguments in an empty folder, without settings of this machine."""
    for name in list(os.environ):
        if name.startswith("GROUNDWIRE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)

    def call(
        *arguments: str | Path,
        library: Path | None = None,
        stdin: str | bytes | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Result:
        at = ["--library", str(library)] if library else []
        words = [*map(str, arguments), *at]
        return CliRunner().invoke(
            groundwire, words, input=stdin, env=env, prog_name="groundwire", color=True
        )

    return call


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `groundwire` with arguments in an empty folder; it is gone after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
        settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        env = environment(**settings.pop("env", {}))
        words = [sys.executable, "-c", CONSOLE_SCRIPT, *map(str, arguments)]
        started.append(subprocess.Popen(words, env=env, cwd=tmp_path, text=True, **settings))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
