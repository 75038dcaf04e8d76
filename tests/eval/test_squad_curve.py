"""F1 by threshold, by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.benchmark import Asked, Gold, Item
from eval.records import Record, Results, write_results
from eval.squad_curve import f1_by_threshold, main, reaching
from eval.system import Reply


def run_file(folder: Path, name: str, said: list[tuple[str, float, tuple[str, ...]]]) -> Path:
    """A finished run, of (short answer, confidence, golds); what is not sure was held back."""
    records = []
    for number, (short, sure, golds) in enumerate(said):
        item = Item(f"q{number}", "Who?", bool(golds), Gold(short=golds), f"c{number}")
        answer = Reply(short, True, short, sure)
        reply = answer if sure >= 0.5 else Reply("No.", False, None, sure, unsaid=answer)
        records.append(Record.of(item, Asked(reply), {}))
    file = folder / f"{name}.json"
    write_results(Results({"benchmark": name}, {}, records, {}), file)
    return file


def test_a_reply_less_sure_than_the_threshold_counts_as_silence(tmp_path: Path) -> None:
    said = [("Ann", 0.8, ("Ann",)), ("Ann", 0.3, ("Ann Reed",)), ("Tom", 0.6, ())]
    curve = f1_by_threshold(run_file(tmp_path, "mixed", said))
    assert len(curve) == 51
    at = {step / 50: curve[step] for step in (0, 15, 16, 30, 31, 40, 41)}
    assert at[0.0] == at[0.3] == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert at[0.32] == at[0.6] == pytest.approx(1 / 3)
    assert at[0.62] == at[0.8] == pytest.approx(2 / 3)
    assert at[0.82] == pytest.approx(1 / 3)


def test_no_threshold_serves_two_runs_that_pull_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    eager = run_file(tmp_path, "eager", [("Ann", 0.3, ("Ann",)), ("Tom", 0.9, ("Tom",))])
    careful = run_file(tmp_path, "careful", [("Ann", 0.5, ()), ("Tom", 0.9, ("Tom",))])
    assert reaching([0.2, 0.8, 0.6], 0.6) == {1, 2}
    main([str(eager), str(careful), "--floors", "1", "1"])
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "eager reaches 1.00 at thresholds from 0.00 to 0.30",
        "careful reaches 1.00 at thresholds from 0.52 to 0.90",
        "all at once at no threshold",
    ]
    main([str(eager), str(careful), "--floors", "0.5", "0.5"])
    assert "all at once at thresholds from 0.00 to 0.90" in capsys.readouterr().out
