"""The speed benchmark: its page, its texts, what it counts."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path

import pytest

from eval.bench import scale
from eval.bench.machine import encoder_gflop
from eval.bench.page import page, section, table
from eval.bench.process import peak_mb
from eval.bench.texts import documents, read_texts
from eval.questions import load_questions
from ingest.library import Library
from tests.conftest import environment, python


def test_texts_are_read_from_files_and_json_lines_each_once(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("One.")
    (tmp_path / "b.bin").write_bytes(b"\xff")
    rows = [{"text": "Two."}, {"context": "Three."}, {"text": "One."}, {"other": "Four."}]
    with gzip.open(tmp_path / "c.jsonl.gz", "wt") as file:
        file.write("\n".join(map(json.dumps, rows)))
    assert read_texts(tmp_path) == ["One.", "Two.", "Three."]
    assert read_texts(tmp_path / "c.jsonl.gz") == ["Two.", "Three.", "One."]
    assert documents(["One.", "Two.", "Three."], 2) == ["One.\n\nTwo.", "Three."]


def test_the_page_shows_what_was_measured_with_its_signature() -> None:
    part = {"signature": {"code": "abc"}, "rows": [{"way": "x", "1/s": 1234.5}]}
    shown = section("First", "About it.", part)
    assert "## First\n\nAbout it.\n\n| way | 1/s |\n| --- | --- |\n| x | 1,234.5 |" in shown
    assert "`code:abc`" in shown
    assert table([{"a": 1}, {"a": 2}]).splitlines()[-1] == "| 2 |"


def test_a_part_is_measured_into_its_place_and_the_others_stay() -> None:
    part = {"signature": {"code": "abc"}, "rows": [{"a": 1}]}
    first, second, newer = (section(t, about, part) for t, about in zip("121", "abc", strict=True))
    titles = ["0", "1", "2"]
    alone = page(titles, {"2": second})
    assert alone.count("\n## ") == 1  # nothing of what was not measured
    both = page(titles, {"1": first}, alone)
    assert both.endswith(f"{first}\n{second}")
    assert page(titles, {"1": newer}, both) == both.replace(first, newer)
    other = page(titles, {"2": second}, page([], {"3": first.replace("## 1", "## 3")}))
    assert other.index("\n## 3") > other.index("\n## 2")


def test_the_work_of_an_encoder_is_that_of_its_matrices() -> None:
    """192 tokens through six layers of width 384, by hand."""
    by_hand = 6 * (2 * 192 * 384 * (4 * 384 + 2 * 4 * 384) + 2 * 2 * 192 * 192 * 384)
    assert encoder_gflop(192, width=384, layers=6) == pytest.approx(1e-9 * by_hand)


def test_a_made_library_is_sound_and_its_figures_are_of_it(tmp_path: Path) -> None:
    texts = [
        f"Boat {n} left the harbour of Tarn at dawn. Wave {n} was high on that day." for n in "ABC"
    ]
    made = scale.fill(tmp_path, 60, texts)
    with Library.open(tmp_path) as library:
        assert library.count_passages() == made["passages"] >= 60
        assert library.problems() == []
    asked = scale.ask(tmp_path, [q.question for q in load_questions()[:3]])
    assert 0 < asked["reading"] < asked["p50"] <= asked["p95"] <= asked["p99"]
    assert asked["recall"] >= 0.9


def test_a_process_does_not_count_the_memory_of_the_one_that_started_it() -> None:
    ballast = bytearray(b"x") * 400_000_000
    code = "from eval.bench.process import peak_mb; print(peak_mb())"
    done = subprocess.run(
        python(code), env=environment(), capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 200 < 1e-6 * len(ballast) < peak_mb()
