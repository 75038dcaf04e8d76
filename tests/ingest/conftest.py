"""What several tests of the library start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest import library as library_module
from tests.conftest import ARTICLES, make_library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library of ARTICLES that the test may change."""
    return make_library(tmp_path / "library", ARTICLES)


@pytest.fixture
def index_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small libraries, too, ask the vector index, as large ones do."""
    monkeypatch.setattr(library_module, "_EXACT_UP_TO", 0)
