"""What eight bits cost the reader: the same weights as floats, and moved by half a step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from eval.bench.rounding import FloatReader, floats, main
from rag.trained import TrainedReader

CONTEXT = "The Tarn bridge opened in 2022. The engineer Pavel Orlik designed it."


def test_the_floats_are_the_shipped_weights_and_answer_as_they_do() -> None:
    reader, shipped = FloatReader(floats()), TrainedReader()
    for question in ("Who designed the bridge?", "When did the bridge open?"):
        said = reader.best(question, CONTEXT)
        known = shipped.best(question, CONTEXT)
        assert said is not None
        assert known is not None
        assert said[0] == known[0]
        assert said[1] == pytest.approx(known[1], abs=0.1)


def test_moved_weights_lie_within_half_a_step() -> None:
    still, moved = floats().state_dict(), floats(seed=1).state_dict()
    changed = [name for name in still if not torch.equal(still[name], moved[name])]
    assert len(changed) == 6 * 6  # query, key, value and three more of each of six layers
    for name in changed:
        step = still[name].abs().amax(1, keepdim=True) / 127
        apart = (still[name] - moved[name]).abs()
        assert (apart <= 0.5 * step + 1e-7).all()
        assert float(apart.mean()) > 0.2 * float(step.mean())


def test_it_prints_how_far_each_lies_from_the_shipped_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [("Who designed the bridge?", "Pavel Orlik"), ("When did the bridge open?", "2022")]
    rows = [
        {
            "id": str(number),
            "title": f"Bridge {number}",
            "context": CONTEXT,
            "question": question,
            "answers": [{"text": said, "answer_start": CONTEXT.index(said)}],
            "is_impossible": False,
        }
        for number, (question, said) in enumerate(asked)
    ]
    file = tmp_path / "squad.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    main(["--data", str(file)])
    first, *others = capsys.readouterr().out.splitlines()
    assert first.startswith("shipped file")
    assert len(others) == 3
    assert all("above the shipped file +0.0000" in line for line in others)
