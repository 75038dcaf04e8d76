"""The fit of the support check's weights: from pairs to a file that the check reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from rag.checks.doubts import Doubt, Kind
from rag.support import DECISIVE, WEIGHTS, Signs, SupportChecker, Weights
from rag.training.weigh import Example, as_json, features, fit, main, mismatched, written

HEDGED = Signs((Doubt("hedge", ""),), 0.0, 0.0)
PLAIN = Signs((), 0.0, 0.0)
FAR = Signs((), 1.0, -4.0)
LACKING = Signs((Doubt("missing", ""),), 0.5, 0.0)


def fitted(examples: list[Example], folder: Path) -> Weights:
    file = folder / "support.json"
    file.write_text(json.dumps(as_json(fit(examples), examples)))
    return Weights.read(file)


def test_what_speaks_against_a_statement_weighs_against_it(tmp_path: Path) -> None:
    examples = [Example(PLAIN, True, 1.0)] * 20
    examples += [Example(HEDGED, False, 1.0), Example(FAR, False, 1.0)] * 10
    weights = fitted(examples, tmp_path)
    assert weights.score(PLAIN) > 0.8
    assert weights.score(HEDGED) < 0.3
    assert weights.score(FAR) < 0.3


def test_a_doubt_that_the_pairs_never_show_weighs_all_the_same(tmp_path: Path) -> None:
    weights = fitted([Example(PLAIN, True, 1.0), Example(FAR, False, 1.0)], tmp_path)
    assert weights.doubts["speaker"] == pytest.approx(-2.0)


def test_a_decisive_doubt_is_not_up_for_fitting(tmp_path: Path) -> None:
    weights = fitted([Example(LACKING, True, 1.0)] * 50 + [Example(FAR, False, 1.0)], tmp_path)
    assert weights.score(LACKING) < 0.01


def test_weights_are_found_far_from_where_the_search_begins() -> None:
    every = Signs(tuple(Doubt(kind, "") for kind in get_args(Kind) if kind not in DECISIVE), 0, 0)
    examples = [Example(every, True, 300.0), Example(PLAIN, False, 300.0)]
    weights = fit(examples)
    assert np.abs(weights).max() < 20
    assert features(every) @ weights > 2
    assert features(PLAIN) @ weights < -2


def test_the_bundled_weights_read_every_kind_of_doubt() -> None:
    weights = Weights.read(WEIGHTS)
    assert set(weights.doubts) == set(fitted_kinds())
    assert all(weight < 0 for weight in weights.doubts.values())


def fitted_kinds() -> list[str]:
    doubts = as_json(fit([Example(PLAIN, True, 1.0)]), [])["doubts"]
    assert isinstance(doubts, dict)
    return list(doubts)


def test_written_pairs_become_examples(tmp_path: Path) -> None:
    row = {"id": "1", "kind": "hedge", "supported": False}
    row |= {"statement": "35 died.", "evidence": ["Up to 35 died."]}
    (tmp_path / "p.jsonl").write_text(json.dumps(row) + "\n")
    [example] = written(SupportChecker(), [tmp_path / "p.jsonl"])
    assert (example.supported, example.weight) == (False, 1.0)
    assert "hedge" in {doubt.kind for doubt in example.signs.doubts}


def three_pairs(folder: Path) -> Path:
    """A file of three pairs, of which two are right."""
    rows = [("35 died.", "Up to 35 died.", False), ("Sand left.", "Paul Sand left.", True)]
    rows += [("The mine shut.", "The mine was shut.", True)]
    pairs = [{"supported": right, "statement": s, "evidence": [e]} for s, e, right in rows]
    (folder / "p.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    return folder / "p.jsonl"


def test_right_statements_are_shown_beside_the_evidence_of_others(tmp_path: Path) -> None:
    checker = SupportChecker()
    examples = list(mismatched(checker, [three_pairs(tmp_path)]))
    assert [(e.supported, e.weight) for e in examples] == [(False, 1.0)] * 2
    assert examples[0].signs == checker.signs("Sand left.", ["The mine was shut."])


def test_the_command_fits_on_the_pairs_and_on_the_mismatched_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs, out = three_pairs(tmp_path), tmp_path / "support.json"
    monkeypatch.setattr("sys.argv", ["weigh", "--pairs", str(pairs), "--out", str(out)])
    main()
    checker = SupportChecker()
    examples = [*written(checker, [pairs]), *mismatched(checker, [pairs])]
    assert json.loads(out.read_text()) == as_json(fit(examples), examples)
    assert len(examples) == 5
