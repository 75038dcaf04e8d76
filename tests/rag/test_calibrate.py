"""How the reader's scores become probabilities, and the thresholds that go with them."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from pathlib import Path

import pytest

from rag.confidence import Confidence, Scores
from tests.rag.test_trained import StandInReader, WordModel


def simulated(count: int, slope: float, bias: float) -> list[object]:
    """Records whose rightness follows a logistic function of `answerable`."""
    from rag.training.calibrate import Record

    chooser = random.Random(4)
    records: list[object] = []
    for number in range(count):
        x = chooser.gauss(0, 3)
        right = chooser.random() < 1 / (1 + math.exp(-(slope * x + bias)))
        scores = Scores(x, chooser.gauss(0, 1), 0.0, 0.0)
        answerable = right or chooser.random() < 0.3
        records.append(Record(scores, right, answerable, f"group {number % 97}", "among"))
    return records


@pytest.mark.filterwarnings("ignore")
def test_the_fit_finds_the_function_that_made_the_records() -> None:
    calibrate = pytest.importorskip("rag.training.calibrate")
    confidence = calibrate.fit(simulated(6000, 0.8, -0.5))
    assert confidence.weights.answerable == pytest.approx(0.8, abs=0.06)
    assert confidence.bias == pytest.approx(-0.5, abs=0.1)
    assert 0 <= confidence.weights.margin < 0.06


@pytest.mark.filterwarnings("ignore")
def test_settling_measures_on_other_articles_and_orders_the_thresholds() -> None:
    calibrate = pytest.importorskip("rag.training.calibrate")
    confidence, measured, thresholds = calibrate.settle(simulated(3000, 1.0, 0.0))
    assert measured["calibration_error"] < 0.05
    assert confidence.knots == ()
    assert 0 <= thresholds["low"] <= thresholds["medium"] <= thresholds["high"] <= 1
    at = {point["threshold"]: point for point in measured["curve"]}
    medium = at[thresholds["medium"]]
    assert all(
        p["refuses"] + p["answers"] >= medium["refuses"] + medium["answers"] for p in at.values()
    )
    assert at[thresholds["low"]]["refuses"] <= 0.10


def test_a_curve_from_records_is_monotone_and_mends_what_is_not_logistic() -> None:
    calibrate = pytest.importorskip("rag.training.calibrate")
    records = [replace(r, right=r.scores.answerable > 1) for r in simulated(2000, 1.0, 0.0)]
    flat = Confidence(Scores(0.2, 0.0, 0.0, 0.0), 0.0)
    bent = calibrate.bend(flat, records)
    right = [record.right for record in records]
    before = calibrate.calibration_error([flat(r.scores) for r in records], right)
    after = calibrate.calibration_error([bent(r.scores) for r in records], right)
    assert after < 0.02 < 0.1 < before
    assert list(bent.knots) == sorted(bent.knots)
    assert [y for _, y in bent.knots] == sorted(y for _, y in bent.knots)


def test_the_calibration_error_of_hand_made_cases() -> None:
    calibrate = pytest.importorskip("rag.training.calibrate")
    assert calibrate.calibration_error([0.5] * 20, [True, False] * 10) == pytest.approx(0.0)
    assert calibrate.calibration_error([1.0] * 10, [False] * 10) == pytest.approx(1.0)
    said = [0.1] * 10 + [0.9] * 10
    assert calibrate.calibration_error(said, [False] * 10 + [True] * 10) == pytest.approx(0.1)


def test_records_are_made_of_every_setting(tmp_path: Path) -> None:
    calibrate = pytest.importorskip("rag.training.calibrate")
    from rag.training.data import Question
    from rag.training.data import Span as Answer
    from rag.training.negatives import Miner

    def question(town: str, year: int, answered: bool = True) -> Question:
        context = f"{town} is a province. The governor of {town} was named in {year} by decree."
        at = context.index(str(year))
        spans = (Answer(at, at + 4),) if answered else ()
        text = f"When was the governor of {town} named?"
        return Question(f"{town}{answered}", "squadshifts_new_wiki", town, "", context, text, spans)

    questions = [question(town, 1990 + n) for n, town in enumerate(["Kunar", "Herat", "Balkh"])]
    questions.append(question("Khost", 2001, answered=False))
    reader = StandInReader(WordModel({"1990": 6.0, "governor": 3.0}))
    records = list(calibrate.ask_all(reader, questions, Miner(questions), seed=1))
    by_setting = {(r.group, r.setting): r for r in records}
    assert by_setting["Kunar", "alone"].right
    assert by_setting["Kunar", "among"].right
    assert not by_setting["Herat", "alone"].right  # "governor" is not the year
    assert not by_setting["Herat", "among"].right  # the other passage's year is likelier
    assert not by_setting["Herat", "without"].answerable
    assert not by_setting["Khost", "written"].answerable
    calibrate.save_records(records, tmp_path / "records.jsonl")
    assert calibrate.load_records(tmp_path / "records.jsonl") == records
    assert len(json.loads((tmp_path / "records.jsonl").read_text().splitlines()[0])) == 5
