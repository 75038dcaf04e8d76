"""The table: from run files alone, kept while the signature holds, never over other text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from eval.benchmarks import LOADERS
from eval.derived import share_kept
from eval.errors import EvalError
from eval.measure_table import MEASURES
from eval.planned import SECTIONS, Column, Planned
from eval.records import read_results, write_results
from eval.table import BEGIN, END, Making, make_table, table, with_table

PAGE = f"# Figures\n\n{BEGIN}\nold\n{END}\n\nThe rest.\n"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    return path


def make(page: Path, *, only: str = "local-dev", limit: int | None = 2) -> list[str]:
    lines: list[str] = []
    folder = page.parent
    make_table(
        folder,
        folder / "runs",
        page,
        only=[only],
        limit=limit,
        progress=False,
        told=lines.append,
    )
    return lines


def test_only_what_stands_between_the_marks_is_written(page: Path) -> None:
    assert with_table(page, "new") == PAGE.replace("old", "new")


@pytest.mark.parametrize(
    "text", ["", f"{BEGIN}\n", f"{END}\n{BEGIN}\n", f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n"]
)
def test_a_page_without_a_place_is_refused_before_anything_runs(page: Path, text: str) -> None:
    page.write_text(text)
    with pytest.raises(EvalError, match="no place for the table"):
        make(page)
    assert not (page.parent / "runs").exists()


def test_a_name_of_no_run_and_missing_data_are_refused(page: Path) -> None:
    with pytest.raises(EvalError, match="no run 'sqaud'"):
        make(page, only="sqaud")
    with pytest.raises(EvalError, match=r"has no 'squad-dev/squad_dev_v1\.1\.jsonl\.gz'"):
        make(page, only="squad-open")
    assert page.read_text() == PAGE


def test_every_run_has_a_name_of_its_own_and_columns_are_of_runs() -> None:
    runs = [planned for section in SECTIONS for planned in section.runs]
    names = [planned.name for planned in runs]
    assert len(names) == len(set(names))
    columns = [column for section in SECTIONS for column in section.columns]
    assert {name for column in columns for name in column.runs} <= set(names)
    assert {planned.benchmark for planned in runs} <= LOADERS.keys()
    assert {name for section in SECTIONS for name in section.measures} <= MEASURES.keys()


def test_no_more_questions_are_drawn_than_planned(tmp_path: Path) -> None:
    planned = Planned("x", "x", "local", split="dev", drawn=20)

    def asked(making: Making, *, whole: bool = False) -> int:
        return len(making.benchmark(planned, whole=whole).items)

    assert asked(Making(tmp_path, tmp_path)) == 20
    assert asked(Making(tmp_path, tmp_path, limit=3)) == 3
    assert asked(Making(tmp_path, tmp_path, limit=30)) == 20
    assert asked(Making(tmp_path, tmp_path), whole=True) == 223


def test_a_run_is_kept_while_its_signature_holds_and_a_limit_is_said(page: Path) -> None:
    assert make(page)[0] == "local-dev: 2 questions"
    whole = page.read_text()
    assert "| | dev (2 of 223 questions) |" in whole
    assert "questions:2 of 223 (seed " in whole
    assert whole.startswith("# Figures")
    assert whole.endswith("The rest.\n")
    out = page.parent / "runs" / "limit-2" / "local-dev.json"
    written = out.stat().st_mtime_ns
    assert make(page)[0] == "local-dev: kept"
    assert out.stat().st_mtime_ns == written
    assert table(out.parent) in page.read_text()
    results = read_results(out)
    write_results(replace(results, signature={**results.signature, "sources": "x"}), out)
    assert make(page)[0] == "local-dev: 2 questions"


def test_a_run_of_all_questions_stands_for_one_of_some(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over the decisions about the local chains, which take no time."""
    planned = Planned("leaning-chains", "x", "leaning", split="dev", drawn=5)
    section = replace(SECTIONS[2], runs=(planned,))
    monkeypatch.setattr("eval.table.SECTIONS", (section,))

    def made(*, whole: bool = False) -> str:
        lines: list[str] = []
        make_table(
            page.parent, page.parent / "runs", page, whole=whole, progress=False, told=lines.append
        )
        return lines[0]

    assert made() == "leaning-chains: 5 questions"
    assert made() == "leaning-chains: kept"
    assert made(whole=True) == "leaning-chains: 85 questions"
    assert made() == "leaning-chains: kept"
    assert "(85 questions)" in page.read_text()


def test_columns_are_computed_when_all_their_runs_are_there(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = (Planned(name, name, "leaning", split="dev") for name in ("one", "two"))
    column = Column("two of one", ("two", "one"), share_kept)
    section = replace(SECTIONS[2], runs=(one, two), columns=(column,))
    monkeypatch.setattr("eval.table.SECTIONS", (section,))
    make(page, only="one", limit=4)
    assert "two of one" not in page.read_text()
    make(page, only="two", limit=4)
    assert "| two of one |" in page.read_text()
    (line,) = (line for line in page.read_text().splitlines() if line.startswith("| Decided r"))
    assert line.endswith("| 1.000 |")


def test_a_timed_run_is_one_question_at_a_time_and_names_the_processors(page: Path) -> None:
    make(page, only="timed-local", limit=2)
    signature = read_results(page.parent / "runs" / "limit-2" / "timed-local.json").signature
    assert "processors" in signature
    assert "workers" not in signature
