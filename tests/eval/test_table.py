"""The table: from run files alone, kept while the signature holds, never over other text."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.errors import EvalError
from eval.records import read_results
from eval.table import BEGIN, END, SECTIONS, make_table, table, with_table

PAGE = f"# Figures\n\n{BEGIN}\nold\n{END}\n\nThe rest.\n"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    return path


def make(page: Path, *, only: str = "local-dev", limit: int = 2) -> list[str]:
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


def test_every_run_has_a_name_of_its_own() -> None:
    names = [planned.name for section in SECTIONS for planned in section.runs]
    assert len(names) == len(set(names))


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
    out.write_text(out.read_text().replace('"sources": "', '"sources": "x'))
    assert read_results(out).signature["sources"].startswith("x")
    assert make(page)[0] == "local-dev: 2 questions"
