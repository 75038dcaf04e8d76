"""`groundwire ask` on a real library."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from ingest.library import LibraryWriter
from rag.answer import ABSTENTION
from rag.assistant import Assistant

Run = Callable[..., Result]
QUESTION = "Who designed the Tarn bridge?"


def test_ask_prints_the_cited_answer(run: Run, made_library: Path, press: Path) -> None:
    result = run("ask", QUESTION, library=made_library)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "“The engineer Pavel Orlik designed the bridge.” [1]" in result.stdout
    assert "[1] Tarn bridge opens at last, Tarn Post, Emil Ruud, 2022-09-02" in result.stdout
    assert str(press / "bridge.md") in result.stdout


def test_a_mended_question_is_shown(run: Run, made_library: Path) -> None:
    result = run("ask", "Who desigend the Tarn bridge?", library=made_library)
    assert result.stdout.startswith("(Asked as: Who designed the Tarn bridge?)\n")


def test_json_is_the_answers_own(run: Run, made_library: Path) -> None:
    written = json.loads(run("ask", QUESTION, "--json", library=made_library).stdout)
    with Assistant.open(made_library) as assistant:
        expected = assistant.ask(QUESTION).json()
    for answer in (written, expected):
        answer.pop("timings_ms")
    assert written == expected


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (["-"], QUESTION),
        (["-"], b"\xff " + QUESTION.encode()),
        (QUESTION.split(), None),
        ([f"{QUESTION}\udcff"], None),
    ],
)
def test_ways_to_put_a_question(
    run: Run, made_library: Path, arguments: list[str], stdin: str | bytes | None
) -> None:
    result = run("ask", *arguments, library=made_library, stdin=stdin)
    assert result.exit_code == 0, result.stderr
    assert "Pavel Orlik" in result.stdout


def test_silence_has_an_exit_code_of_its_own(run: Run, made_library: Path) -> None:
    result = run("ask", "How many people live in Kabul?", library=made_library)
    assert (result.exit_code, result.stderr) == (3, "")
    assert result.stdout.startswith(ABSTENTION)
    written = run("ask", QUESTION, "--threshold", "1", "--json", library=made_library)
    assert (written.exit_code, json.loads(written.stdout)["answered"]) == (3, False)


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        (["--source", "tarn post"], 0),
        (["--author", "ruud", "--from", "2022", "--to", "2022-09"], 0),
        (["--article", "press/bridge.md"], 0),
        (["--author", "Dahl"], 3),
        (["--from", "2022-09-03"], 3),
        (["--to", "2022-09-01"], 3),
    ],
)
def test_filters(
    run: Run,
    made_library: Path,
    press: Path,
    monkeypatch: pytest.MonkeyPatch,
    filters: list[str],
    code: int,
) -> None:
    monkeypatch.chdir(press.parent)
    result = run("ask", QUESTION, *filters, library=made_library)
    assert result.exit_code == code, result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["  "], "The question is empty. Write what you want to know."),
        (["?" * 20_001], "The question has 20,001 characters. Use at most 20,000."),
        (
            [QUESTION, "--from", "May"],
            "'May' is not a date. Write dates as 2021-10-06, 2021-10 or 2021.",
        ),
        (
            [QUESTION, "--article", "feed"],
            "The library has no article 'feed'. `groundwire articles list` shows the ids.",
        ),
    ],
)
def test_questions_that_cannot_be_asked(
    run: Run, made_library: Path, arguments: list[str], message: str
) -> None:
    result = run("ask", *arguments, library=made_library)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"groundwire: {message}\n"


def test_nothing_to_read_is_said(run: Run, made_library: Path, tmp_path: Path) -> None:
    nobody = run("ask", QUESTION, "--author", "nobody", library=made_library)
    assert (nobody.exit_code, nobody.stderr) == (
        3,
        "groundwire: No article passes these filters.\n",
    )
    LibraryWriter.open(tmp_path / "empty").close()
    empty = run("ask", QUESTION, library=tmp_path / "empty")
    assert empty.exit_code == 3
    assert empty.stderr.startswith("groundwire: The library is empty. Add articles with")


def test_article_text_cannot_steer_the_terminal(run: Run, made_library: Path) -> None:
    question = "Which terminals closes the harbour of Sund?"
    shown = run("ask", "--threshold", "0", question, library=made_library).stdout
    assert "pwned" in shown
    assert not set("\x1b\x9b\x07\u202e") & set(shown)
