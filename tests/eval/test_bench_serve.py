"""The load on a running server: what is measured is what happened."""

from __future__ import annotations

import json
from pathlib import Path

from eval.bench.serve import main
from ingest.embed import Embedder
from tests.conftest import ARTICLES, make_library


def test_a_server_is_started_asked_by_several_and_ended(tmp_path: Path, embedder: Embedder) -> None:
    library = make_library(tmp_path / "library", ARTICLES, embedder)
    out = tmp_path / "load.json"
    main([str(library), "--seconds", "1", "--askers", "1", "3", "--no-page", "--out", str(out)])
    found = json.loads(out.read_text())
    assert found["ready_s"] > 0
    assert [load["askers"] for load in found["loads"]] == [1, 3]
    for load in found["loads"]:
        assert load["answers"] >= load["askers"]
        assert load["errors"] == 0
        assert 0 < load["p50_ms"] <= load["p95_ms"] <= load["p99_ms"]
        assert load["peak_mb"] > 50
