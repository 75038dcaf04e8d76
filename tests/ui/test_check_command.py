"""`groundwire check`: the verdict, as text and as JSON, and what a user meets when it cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result

Run = Callable[..., Result]
EVIDENCE = "The fire killed 14 miners."


def test_supported(run: Run) -> None:
    result = run("check", "--statement", "The fire killed fourteen miners.", "--evidence", EVIDENCE)
    assert result.exit_code == 0
    assert result.stdout.startswith("Supported (")


def test_not_supported_says_why(run: Run) -> None:
    result = run("check", "--statement", "The fire killed 12 miners.", "--evidence", EVIDENCE)
    assert result.exit_code == 3
    assert "12" in result.stdout.splitlines()[1]


def test_json(run: Run) -> None:
    result = run("check", "--statement", "Twelve died.", "--evidence", EVIDENCE, "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 3
    assert set(found) == {"supported", "score", "reasons"}
    assert found["supported"] is False


def test_all_evidence_counts_and_a_dash_reads_standard_input(run: Run) -> None:
    arguments = ["--statement", "Orlik met Ruud.", "--evidence", "Orlik waited."]
    assert run("check", *arguments).exit_code == 3
    result = run("check", *arguments, "--evidence", "-", stdin="Ruud met Orlik.")
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--statement", " ", "--evidence", EVIDENCE], "The statement has no words."),
        (["--statement", "It burns.", "--evidence", ""], "The evidence has no words."),
        (["--statement", "It burns.", "--evidence", "It.", "--threshold", "7"], "between 0 and 1"),
    ],
)
def test_bad_input_is_one_line(run: Run, arguments: list[str], said: str) -> None:
    result = run("check", *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_both_texts_are_needed(run: Run) -> None:
    assert run("check", "--statement", "It burns.").exit_code == 2
