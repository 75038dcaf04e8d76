"""The frame of the command line: help, errors, exit codes, interruptions, terminals."""

from __future__ import annotations

import importlib
import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click
import pytest
from click.testing import Result

from ingest.errors import LibraryError
from ui.cli import SUBCOMMANDS, groundwire, report
from ui.terminal import columns

Run = Callable[..., Result]
Spawn = Callable[..., subprocess.Popen[str]]

HEAVY = {"chromadb", "gradio", "ingest", "numpy", "pydantic", "rag", "torch", "transformers"}


# Help


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from ui.cli import groundwire\n"
        "try: groundwire(['--help'])\n"
        "except SystemExit: print('MODULES', *sys.modules)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Answer a question" in printed
    assert not HEAVY & set(printed.partition("MODULES")[2].split())


def test_python_m_ui_is_groundwire() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "ui", "--help"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed.startswith("Usage: groundwire [OPTIONS] COMMAND")


@pytest.mark.parametrize("name", groundwire.list_commands(click.Context(groundwire)))
def test_table_says_what_the_subcommand_says(name: str) -> None:
    module, _, attribute = SUBCOMMANDS[name].target.partition(":")
    command = getattr(importlib.import_module(module), attribute)
    assert command.name == name
    assert (command.help or "").partition("\n")[0] == SUBCOMMANDS[name].help


@pytest.mark.parametrize("name", groundwire.list_commands(click.Context(groundwire)))
def test_every_subcommand_has_help(run: Run, name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert f"Usage: groundwire {name}" in result.stdout


# Errors


@pytest.mark.parametrize(
    ("arguments", "env", "code", "message"),
    [
        (["aks", "why?"], {}, 2, "Error: No such command 'aks'."),
        (["ask"], {}, 2, "Error: Missing argument 'QUESTION'."),
        (["ask", "why?", "--threshold", "7"], {}, 2, "Error: --threshold is 7.0: input should be"),
        (["ask", "why?", "--threshold", "nan"], {}, 2, "Error: --threshold is nan: input should"),
        (["ask", "why?", "--library", ""], {}, 2, "Error: --library is '': name a folder."),
        (
            ["ask", "why?", "--library", "nowhere"],
            {},
            1,
            "groundwire: There is no library in 'nowhere'. Make one with"
            " `groundwire ingest SOURCE --library FOLDER`.",
        ),
        (["articles", "list"], {}, 1, "groundwire: There is no library in '"),
        (["articles", "remove", "abcd", "--yes"], {}, 1, "groundwire: There is no library in '"),
        (["reindex"], {}, 1, "groundwire: There is no library in '"),
        (
            ["ask", "why?"],
            {"GROUNDWIRE_PASSAGES": "many"},
            1,
            "groundwire: GROUNDWIRE_PASSAGES is 'many': input should be a valid integer,",
        ),
        (["ingest", "x", "--passage-tokens", "2"], {}, 2, "Error: --passage-tokens is 2: input"),
        (["ingest", "x", "--max-file-mb", "0"], {}, 2, "Error: --max-file-mb is 0.0: input"),
    ],
)
def test_bad_input_is_named(
    run: Run, arguments: list[str], env: dict[str, str], code: int, message: str
) -> None:
    result = run(*arguments, env=env)
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr
    if code == 1:
        assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "arguments", [("--debug", "articles", "list"), ("articles", "list", "--debug")]
)
def test_debug_shows_the_traceback(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith("Traceback")
    assert "LibraryError: There is no library" in result.stderr


def test_debug_can_be_set_in_the_environment(run: Run) -> None:
    assert "Traceback" in run("articles", "list", env={"GROUNDWIRE_DEBUG": "1"}).stderr


def test_errors_are_one_safe_line(capsys: pytest.CaptureFixture[str]) -> None:
    report(LibraryError("It holds \x1b[31mred\nlines.", remedy="Do this."), debug=False)
    report(KeyError("x"), debug=False)
    assert capsys.readouterr().err.splitlines() == [
        "groundwire: It holds \ufffd[31mred lines. Do this.",
        "groundwire: Unexpected KeyError: 'x'. Run it again with --debug to see where.",
    ]


def test_a_library_that_is_no_library(run: Run, own_library: Path) -> None:
    (own_library / "library.json").write_text("{}{")
    result = run("ask", "why?", library=own_library)
    assert result.exit_code == 1
    assert result.stderr.startswith("groundwire: The library's library.json in '")
    assert result.stderr.endswith("or ingest the articles into a new library.\n")


# Pipes, interruptions, terminals


def test_a_closed_pipe_is_quiet(spawn: Spawn, made_library: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = spawn("ask", "Who designed the bridge?", "--library", made_library, stdout=writing)
    os.close(writing)
    assert process.communicate()[1] == ""
    assert process.returncode == 141


def test_interrupted_ingest_says_what_is_stored_and_can_go_on(
    run: Run, spawn: Spawn, tmp_path: Path
) -> None:
    library, total = tmp_path / "library", 2_000
    records = [{"id": i, "text": f"Mill {i} burned down on day {i}."} for i in range(total)]
    (tmp_path / "mills.jsonl").write_text("\n".join(map(json.dumps, records)))
    process = spawn("ingest", "mills.jsonl", "--library", library)
    while not _count(library) and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    said = process.communicate()[1]
    assert process.returncode == 130, said
    stored = _count(library)
    assert 0 < stored < total
    assert said == (
        "groundwire: Finishing what is under way. Press Ctrl-C again to stop at once.\n"
        f"groundwire: Interrupted. The library {str(library)!r} is whole and holds {stored}"
        f" articles, {stored} of them new. Run the same command again to go on; nothing stored"
        " is embedded twice.\n"
    )
    result = run("ingest", "mills.jsonl", "--json", library=library)
    summary = json.loads(result.stdout)
    assert (len(summary["added"]), len(summary["unchanged"])) == (total - stored, stored)
    assert summary["articles"] == _count(library) == total


def _count(library: Path) -> int:
    file = library / "catalog.sqlite"
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])
    except sqlite3.OperationalError:  # not made yet
        return 0


def test_the_list_fits_a_terminal_and_cannot_steer_it(spawn: Spawn, made_library: Path) -> None:
    ours, theirs = pty.openpty()
    process = spawn(
        "articles", "list", "--library", made_library, stdout=theirs, env={"COLUMNS": "64"}
    )
    assert process.wait() == 0
    os.close(theirs)
    lines = os.read(ours, 10_000).decode().split("\r\n")
    os.close(ours)
    assert lines[0].split() == ["ID", "DATE", "TITLE", "OUTLET", "PASSAGES"]
    assert max(map(columns, lines)) == 64
    assert "Front clai…" in lines[1]
    assert not set("\x1b\x9b\u202e") & set("".join(lines))


def test_output_survives_an_encoding_without_the_characters(
    spawn: Spawn, made_library: Path
) -> None:
    arguments = ("ask", "Who designed the bridge?", "--library", made_library)
    ascii_only = {"PYTHONIOENCODING": "ascii"}
    text, said = spawn(*arguments, env=ascii_only).communicate()
    assert ("Pavel Orlik" in text, said) == (True, "")
    written = spawn(*arguments, "--json", env=ascii_only).communicate()[0]
    assert json.loads(written)["answered"]
