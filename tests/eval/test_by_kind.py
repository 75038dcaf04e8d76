"""Decisions by kind, from the results of a real run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.benchmark import Benchmark
from eval.benchmarks import load_benchmark
from eval.by_kind import Share, main
from eval.errors import EvalError
from eval.run import run
from eval.system import AssistantSystem


def test_wilson_intervals() -> None:
    # Newcombe (1998), table I
    assert str(Share(81, 263)) == "0.308 (0.255 to 0.366)"
    assert str(Share(15, 148)) == "0.101 (0.062 to 0.160)"
    assert str(Share(0, 20)) == "0.000 (0.000 to 0.161)"
    assert str(Share(0, 0)) == "–"


def results(folder: Path, library: Path, benchmark: Benchmark) -> str:
    system = AssistantSystem.open(library)
    try:
        run(benchmark, system, folder / "r.json", progress=False)
    finally:
        system.close()
    return str(folder / "r.json")


def test_each_kind_has_its_share(
    tmp_path: Path, library_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = [("It cost 310 crowns.", "SUPPORTS"), ("It cost 999 crowns.", "REFUTES")]
    said += [("The bridge was dear.", "SUPPORTS"), ("It cost 310 crowns.", "REFUTES")]
    rows = [
        {"premise": "It cost 310 crowns.", "hypothesis": h, "label": label} for h, label in said
    ]
    file = tmp_path / "p.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    main([results(tmp_path, library_folder, load_benchmark("support", file))])
    shares = [line.split("|")[1:4:2] for line in capsys.readouterr().out.splitlines()[2:]]
    assert [(label.strip(), count.strip()) for label, count in shares] == [
        ("no: REFUTES", "2"),
        ("no: recall", "2"),
        ("yes: SUPPORTS", "2"),
        ("yes: recall", "2"),
        ("no: precision", "2"),
        ("yes: precision", "2"),
    ]


def test_a_run_without_decisions_is_refused(tmp_path: Path, library_folder: Path) -> None:
    with pytest.raises(EvalError, match="no decisions"):
        main([results(tmp_path, library_folder, load_benchmark("local", limit=1))])
