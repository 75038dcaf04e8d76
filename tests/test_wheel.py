"""The wheel holds the four packages and nothing else, and works where nothing else of us is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {"eval", "ingest", "rag", "ui"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", source, source], check=True, capture_output=True)
    return next(source.glob("groundwire-*.whl"))


def test_the_wheel_holds_exactly_the_four_packages(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == PACKAGES
    assert any(name.startswith("ingest/samples/iskp/") for name in names)
    assert "eval/questions/local.jsonl" in names


def test_the_installed_wheel_ingests_a_folder_and_answers(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)
    articles = tmp_path / "articles"
    articles.mkdir()
    text = "The mayor, Ada Brook, opened the new bridge in Calder Bay on Monday."
    (articles / "bridge.txt").write_text(f"A bridge opens\n\n{text}\n", encoding="utf-8")
    here = ["--library", str(tmp_path / "library")]
    _run(installed, tmp_path, "ingest", *here, str(articles))
    answer = json.loads(_run(installed, tmp_path, "ask", *here, "--json", "Who opened the bridge?"))
    assert answer["citations"][0]["quote"] == text


def _run(installed: Path, folder: Path, *arguments: str) -> str:
    """A command of the installed wheel, with the dependencies but not the checkout in sight."""
    paths = [str(installed), sysconfig.get_path("purelib")]
    done = subprocess.run(
        [sys.executable, "-S", "-m", "ui", *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
