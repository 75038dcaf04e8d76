"""docs/evaluation.md names every benchmark, and its table of questions is one that is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from eval.benchmarks import LOADERS, load_benchmark
from eval.benchmarks.own import COLUMNS
from eval.gates import read_gates

PAGE = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


@pytest.mark.parametrize("name", LOADERS)
def test_every_benchmark_is_in_the_table(name: str) -> None:
    if re.fullmatch(r"rgb-noise-[246]0", name):
        assert "| `rgb-noise-0` to `rgb-noise-80` |" in PAGE
    else:
        assert re.search(rf"^\| .*`{name}`", PAGE, re.MULTILINE)


def test_every_column_is_described() -> None:
    section = PAGE.partition("## Your own questions")[2].partition("\n## ")[0]
    assert {name for name in COLUMNS if f"`{name}`" in section} == set(COLUMNS)


def test_the_table_of_questions_is_read(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text(block("csv"))
    (tmp_path / "articles" / "news").mkdir(parents=True)
    article = tmp_path / "articles" / "news" / "ferry.txt"
    article.write_text("The ferry hit the pier. Fourteen were hurt.")
    items = load_benchmark("own", tmp_path / "my.csv", articles=tmp_path / "articles").items
    assert [item.answerable for item in items] == [True, True, False]


def test_the_gates_are_read(tmp_path: Path) -> None:
    (tmp_path / "gates.toml").write_text(block("toml"))
    bounds = read_gates(tmp_path / "gates.toml", "local", "all")
    assert bounds == {"right": {"min": 0.35}, "citation_validity": {"min": 1.0}}
