"""Several processes under test: the answers of one, and an end where one is gone."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from eval.benchmark import Benchmark, Gold, Item
from eval.crew import Crew
from eval.errors import EvalError, RunStopped
from eval.run import ask
from eval.scoring import score_answer
from eval.system import AssistantSystem
from tests.conftest import ARTICLES

QUESTION = "Who designed the Tarn bridge?"


def test_a_crew_answers_as_one_process_and_ends_with_a_dead_worker(library_folder: Path) -> None:
    one, crew = AssistantSystem.open(library_folder), Crew(library_folder, 2)
    try:
        for context in (None, [ARTICLES[0]]):
            ours, theirs = one.ask(QUESTION, context), crew.ask(QUESTION, context)
            assert (ours.text, ours.citations, ours.confidence, ours.given, ours.read_first) == (
                theirs.text,
                theirs.citations,
                theirs.confidence,
                theirs.given,
                theirs.read_first,
            )
        assert crew.search(QUESTION, 2) == one.search(QUESTION, 2)
        shared = {k: v for k, v in one.settings().items() if k != "processors"}
        assert crew.settings() == {**shared, "workers": "2"}
        for worker in list(crew._pool._processes):
            os.kill(worker, signal.SIGKILL)
        item = Item("q", QUESTION, True, Gold(parts=(("x",),)), "c")
        with pytest.raises(RunStopped, match="died"):
            ask(Benchmark("toy", "dev", "d", (item,), score_answer, ("right",)), crew, item)
    finally:
        one.close()
        crew.close()


def test_no_worker_is_refused(library_folder: Path) -> None:
    with pytest.raises(EvalError, match="one worker"):
        Crew(library_folder, 0)
