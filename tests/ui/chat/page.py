"""The page of the chat in a browser, as tests use it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ingest.article import Article
from ingest.library import Library
from rag.assistant import Assistant, Event
from tests.ui.browser import CHROMIUM

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

FLAGSHIP = "who claimed the Jalalabad attacks?"
DESKTOP = {"width": 1360, "height": 860}
HOSTILE = Path(__file__).parents[1] / "hostile"
EMOJI = Article(
    "/press/regatta.txt",
    "🚣🏽‍♀️ Regatta day 🎉\n\nThe regatta of Ulm 🏆 drew 4,000 people 👨‍👩‍👧. 𝕎ind was light 🍃🍃."
    " The cup 🥇 was won by Hedda Krone of Ulm 🇩🇪 in the last race. 🎊",
    title="Regatta 🚣 of Ulm",
    outlet="Ulm Post 📰",
    published="2023-07-01",
    url="https://ulm.example/regatta?day=1",
)
NEW_ARTICLE = """---
title: Observatory on Mount Teller opens
outlet: Teller News
date: 2025-03-03
---

The observatory on Mount Teller was paid for by Agatha Quill. It opened on Monday.
"""


class PacedAssistant(Assistant):
    """An assistant that can be made to say one thing at a time, as one does that takes long."""

    _steps: threading.Semaphore | None = None

    @contextmanager
    def paced(self) -> Iterator[threading.Semaphore]:
        """Meanwhile each step of an answer waits until it is released."""
        self._steps = steps = threading.Semaphore(0)
        try:
            yield steps
        finally:
            self._steps = None
            steps.release(100)

    def stream(self, question: str, **options: Any) -> Iterator[Event]:
        steps = self._steps
        for event in super().stream(question, **options):
            if steps:
                steps.acquire(timeout=60)
            yield event


@dataclass
class Seen:
    """What went on in a window: the addresses asked for, and what scripts raised."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def ask(page: Any, question: str) -> Any:
    """Type the question and press Enter; the turn, when its answer is complete."""
    number = page.locator(".turn .actions").count()
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    page.locator(".turn .actions").nth(number).wait_for()
    return page.locator(".turn").nth(number)


def highlighted(page: Any) -> str:
    """The words that are marked in the open article, without the faint marks of other citations."""
    page.wait_for_selector('#reader:not([aria-busy]) mark[data-mark="0"]')
    return str(
        page.eval_on_selector_all(
            '#reader mark[data-mark="0"]', "marks => marks.map(m => m.textContent).join('')"
        )
    )


def text_of_open_article(page: Any) -> str:
    return str(page.eval_on_selector("#reader .text", "text => text.textContent"))


def is_in_view(page: Any, selector: str) -> bool:
    return bool(
        page.eval_on_selector(
            selector,
            """element => {
                const frame = element.closest('.reader').getBoundingClientRect();
                const place = element.getBoundingClientRect();
                return place.top >= frame.top && place.bottom <= frame.bottom;
            }""",
        )
    )


def articles_of(library: Path) -> dict[str, Article]:
    with Library.open(library) as opened:
        return {entry.source: opened.article(entry.id) for entry in opened.entries()}
