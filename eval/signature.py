"""What shaped a score: the code's version, for a run's signature."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
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
    """A digest of the bundled reader's files; None where there is none."""
    files = sorted(p for p in (_ROOT / "rag" / "models").glob("*") if p.is_file())
    if not files:
        return None
    whole = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            whole.update(hashlib.file_digest(stream, "sha256").digest())
    return whole.hexdigest()[:12]


def package_digest(package: str) -> str:
    """A digest of the code of one of our packages."""
    return hashlib.sha256(b"".join(_sources(package))).hexdigest()


def _source_digest() -> str:
    return hashlib.sha256("".join(map(package_digest, _SHAPING)).encode()).hexdigest()


def _sources(package: str) -> Iterator[bytes]:
    for path in sorted((_ROOT / package).rglob("*.py")):
        yield path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes()


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
