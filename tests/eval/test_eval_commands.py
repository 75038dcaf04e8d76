"""`groundwire eval` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ui.cli import groundwire

GATES = Path(__file__).parents[2] / "eval" / "gates.toml"


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(groundwire, ["eval", *map(str, arguments)])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two questions that bring their passages: one that they answer, one that they do not."""
    path = tmp_path / "nomiracl.jsonl"
    passages = ["Bridge: Pavel Orlik designed the Tarn bridge.", "Apples: The harvest is good."]
    entries = [
        {"id": "1", "subset": "relevant", "question": "Who designed the Tarn bridge?"},
        {"id": "2", "subset": "non_relevant", "question": "Where was the queen crowned?"},
    ]
    path.write_text("".join(f"{json.dumps({**e, 'passages': passages})}\n" for e in entries))
    return path


def test_check_prints_the_table_and_names_malformed_lines(tmp_path: Path) -> None:
    fine = invoke("check")
    assert fine.exit_code == 0
    assert "466 questions on 9 stories" in fine.stdout
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{}\n{\n")
    refused = invoke("check", bad)
    assert refused.exit_code == 1
    assert "bad.jsonl:1: id: Field required" in refused.stderr
    assert "bad.jsonl:2: this is not JSON" in refused.stderr


def test_run_compare_and_report(tmp_path: Path, data: Path) -> None:
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    made = tmp_path / "library"
    run = ("run", "nomiracl", "--data", data, "--library", made, "--quiet", "--out")
    first = invoke(*run, one)
    assert first.exit_code == 0, first.output
    assert "Hallucination rate" in first.stdout
    assert "benchmark:nomiracl|split:dev|questions:2|" in first.stdout
    second = invoke(*run, two, "--threshold", "1")
    assert "1.000" in next(line for line in second.stdout.splitlines() if "Refusal rate" in line)

    compared = invoke("compare", one, two)
    assert compared.exit_code == 0, compared.output
    assert "2 questions in both; they differ in threshold\n" in compared.stdout
    assert "no evidence" in compared.stdout

    reported = invoke("report", one, two, "--out", tmp_path / "report")
    assert reported.exit_code == 0, reported.output
    assert {p.name for p in tmp_path.glob("report.*")} == {
        "report.html",
        "report.md",
        "report.json",
    }


def test_a_broken_gate_fails_the_run(tmp_path: Path, data: Path) -> None:
    gates = tmp_path / "gates.toml"
    gates.write_text("[nomiracl.dev.error_rate]\nmax = 0.5\n")
    run = (
        "run",
        "nomiracl",
        "--data",
        data,
        "--library",
        tmp_path / "library",
        "--quiet",
        "--gate",
        gates,
    )
    broken = invoke(*run, "--threshold", "1", "--out", tmp_path / "a.json")
    assert broken.exit_code == 1
    assert "gate: Refusal rate is 1.000, above 0.5" in broken.stderr
    kept = invoke(*run, "--threshold", "0", "--out", tmp_path / "b.json")
    assert kept.exit_code == 0, kept.output


def test_truncated_results_are_one_line_on_standard_error(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text('{"format": "groundwire-eval-results-2", "rec')
    refused = invoke("report", path)
    assert refused.exit_code == 1
    assert "is no whole results file" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_the_gates_that_ship_can_be_read() -> None:
    from eval.gates import read_gates

    assert "citation_validity" in read_gates(GATES, "local", "all")
