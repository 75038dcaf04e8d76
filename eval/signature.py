"""What shaped a score: the code and the models, for a run's signature.

Two names of the code: `code_version`, for a person, is the commit; `sources_digest`, for deciding
whether a run is still what it says, is of the modules that can have shaped it and of no other.
"""

from __future__ import annotations

import ast
import hashlib
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_SHAPING = ("ingest", "rag", "eval")


@cache
def code_version() -> str:
    """The package's version; in a checkout, git's name of the commit, and where files were changed
    since, a digest of the code."""
    described = _git("describe", "--always", "--tags", "--exclude=*", "--abbrev=10")
    if described is None:
        return _package_version()
    changed = _git("status", "--porcelain", "--", *_SHAPING)
    return f"{described}+{_source_digest()[:8]}" if changed else described


@cache
def models_digest() -> str | None:
    """A digest of the bundled reader's weights and facts; None where there is none."""
    files = sorted((_ROOT / "rag" / "models").glob("*.onnx"))
    files += sorted((_ROOT / "rag" / "models").glob("*.json"))
    if not files:
        return None
    whole = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            whole.update(hashlib.file_digest(stream, "sha256").digest())
    return whole.hexdigest()[:12]


@cache
def sources_digest(modules: tuple[str, ...], without: tuple[str, ...] = ()) -> str:
    """A digest of those of our modules and of all that they import, wherever they import it,
    but for what only those in `without` import."""
    known: dict[str, bytes] = {}
    waiting = [*modules]
    while waiting:
        module = waiting.pop()
        path = _file_of(module)
        if module in known or module in without or path is None:
            continue
        known[module] = path.read_bytes()
        waiting += _imported(known[module], module)
    whole = hashlib.sha256()
    for module in sorted(known):
        whole.update(module.encode() + b"\0" + known[module] + b"\0")
    return whole.hexdigest()[:12]


def same_run(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two signatures are of the same questions, models, settings and sources. A commit that
    changed none of them makes no difference, nor does how many questions are asked at once, which
    shapes times alone."""
    apart = {"code": "", "workers": ""}
    return {**one, **apart} == {**other, **apart}


def _imported(source: bytes, module: str) -> Iterator[str]:
    """The modules that an `import` in the source names, with the packages that hold them."""
    for node in ast.walk(ast.parse(source, module)):
        names: Sequence[str] = ()
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[:depth]) for depth in range(1, len(parts) + 1))


def _file_of(module: str) -> Path | None:
    """The source of one of our modules; None for anything else."""
    place = _ROOT.joinpath(*module.split("."))
    if module.partition(".")[0] not in _SHAPING:
        return None
    files = (place.with_suffix(".py"), place / "__init__.py")
    return next((file for file in files if file.is_file()), None)


def _source_digest() -> str:
    whole = hashlib.sha256()
    for package in _SHAPING:
        for path in sorted((_ROOT / package).rglob("*.py")):
            whole.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def _git(*arguments: str) -> str | None:
    """What git says of the checkout this file is in; None for an installed package."""
    if not (_ROOT / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(_ROOT), *arguments],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _package_version() -> str:
    try:
        return version("groundwire")
    except PackageNotFoundError:
        return "unknown"
