"""The house: imports run one way, outside libraries stay at the edges, asking starts light."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, environment, python

PACKAGES = ("ingest", "rag", "eval", "ui")
MAY_IMPORT = {
    "ingest": {"ingest"},
    "rag": {"rag", "ingest"},
    "eval": {"eval", "rag", "ingest"},
    "ui": {"ui", "eval", "rag", "ingest"},
}
EDGES = {
    "chromadb": {"ingest/vectors.py", "ui/doctor.py", "eval/bench/"},
    "sentence_transformers": {"ingest/embed.py"},
    "torch": {
        "ingest/embed.py",
        "ingest/packed.py",
        "rag/hub.py",
        "rag/training/",
        "eval/bench/",
    },
    "transformers": {"ingest/embed.py", "rag/hub.py", "rag/training/"},
    "llama_index": {
        "eval/bench/",
        "rag/integrations.py",
        "rag/llm.py",
        "rag/gguf.py",
        "rag/request.py",
    },
    "xllamacpp": {"rag/gguf.py"},
    "gradio": {"ui/"},
    "fastapi": {"ui/"},
    "mcp": {"ui/"},
    "prometheus_client": {"ui/"},
    "starlette": {"ui/"},
    "uvicorn": {"ui/"},
    "matplotlib": {"eval/"},
}
"""Which files may import a library; a folder stands for all below it."""

HEAVY = ("torch", "chromadb", "gradio", "llama_index", "sentence_transformers", "transformers")
FILES = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def imports(file: Path) -> Iterator[str]:
    """The full names of the modules that a file imports, wherever in it."""
    inside = file.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = inside[: len(inside) - node.level + 1] if node.level else ()
            yield ".".join([*parents, *([node.module] if node.module else [])])


def test_there_are_files_to_look_at() -> None:
    assert {name_of(file) for file in FILES} >= {"ingest/library.py", "rag/assistant.py"}


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_imports_run_one_way(file: Path) -> None:
    package = file.relative_to(ROOT).parts[0]
    ours = {name.split(".")[0] for name in imports(file)} & {*PACKAGES, "tests"}
    assert ours <= MAY_IMPORT[package]


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_outside_libraries_stay_at_the_edges(file: Path) -> None:
    used = {name.split(".")[0] for name in imports(file)} & set(EDGES)
    misplaced = {library for library in used if not _is_edge(name_of(file), EDGES[library])}
    assert misplaced == set()


def _is_edge(name: str, edges: set[str]) -> bool:
    return any(name.startswith(edge) if edge.endswith("/") else name == edge for edge in edges)


@pytest.mark.parametrize("module", ["rag", "ui.cli", "ingest.library", "ingest.pipeline"])
def test_importing_is_light(module: str) -> None:
    code = (
        f"import sys; import {module};"
        f" found = [name for name in {HEAVY} if name in sys.modules];"
        " assert not found, found"
    )
    subprocess.run(python(code), env=environment(), check=True)


def test_no_package_is_imported_by_a_name_that_python_uses() -> None:
    """`import eval` would hide the built-in function."""
    for file in FILES:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        bare = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
        assert "eval" not in bare, name_of(file)


MACHINE = re.compile(
    r"(?<![\w.])/(?:work|home|Users|root|tmp|mnt|srv)/\w|\b[A-Z]:\\\\?Users\b|localhost:\d{4,5}/"
)


def text_files() -> list[Path]:
    """The files that are shipped or shown: code, texts and settings, tests apart."""
    suffixes = {".py", ".md", ".toml", ".txt", ".jsonl", ".yml", ""}
    folders = [ROOT / name for name in (*PACKAGES, "docs", ".ci")]
    found = [*ROOT.glob("*"), *(file for folder in folders for file in folder.rglob("*"))]
    return sorted(
        file
        for file in found
        if file.is_file()
        and file.suffix in suffixes
        and "__pycache__" not in file.parts
        and file.name != ".git"  # what a work tree has in the place of the folder
    )


def test_no_file_names_a_path_of_a_machine() -> None:
    named = {
        name_of(file): found.group()
        for file in text_files()
        if (found := MACHINE.search(file.read_text(encoding="utf-8", errors="replace")))
    }
    assert named == {}


def test_every_module_opens_with_what_it_is_for() -> None:
    silent = [name_of(f) for f in FILES if not ast.get_docstring(ast.parse(f.read_text("utf-8")))]
    assert silent == []
