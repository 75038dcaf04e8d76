"""A browser at the chat, for tests and measurements: Debian's Chromium, which reaches nothing but
this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WAIT_MS = 60_000
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=list(_FLAGS)
        )
        yield browser
        browser.close()


@contextmanager
def served(library: Path, **environment: str) -> Iterator[str]:
    """`groundwire serve` for a library, and its address."""
    kept = {name: value for name, value in os.environ.items() if "GROUNDWIRE" not in name}
    log = library.parent / "serve.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "ui", "serve", "--library", str(library), "--port", "0"],
            env={
                **kept,
                "PYTHONPATH": str(ROOT),
                "GROUNDWIRE_CONVERSATIONS": str(library.parent / "conversations.sqlite"),
                **environment,
            },
            cwd=library.parent,
            stderr=stderr,
        )
    try:
        yield _address(process, log)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """The address that the server says, when it is ready."""
    while process.poll() is None:
        said = log.read_text()
        if '"ready"' in said and (found := re.search(r"http://[\d.]+:\d+", said)):
            return found.group()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.2)
    raise RuntimeError(log.read_text())


def is_here(url: str) -> bool:
    """Whether the address is on this machine, or holds its own content."""
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob", "about") or parts.hostname == "127.0.0.1"
