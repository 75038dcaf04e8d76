"""How long after Enter the first sentence is on the page: `python -m tests.ui.first_sentence`.

    python -m tests.ui.first_sentence LIBRARY [--questions FILE] [--repeats N]

Serves a copy of the library, types each question into an empty chat in Chromium, and takes the
time in the page's own clock from the key press to the first sentence in the document.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

from tests.ui.browser import WAIT_MS, chromium, served

_QUESTIONS = (
    "who claimed the Jalalabad attacks?",
    "Who denied the tally of the Taliban's dead?",
    "How many people were killed at Kabul airport?",
    "Who is Zabihullah Mujahid?",
    "What did Wesley Morgan say?",
)
_WATCH = """() => {
    const field = document.querySelector('#question textarea');
    field.addEventListener('keydown', () => { window.pressed = performance.now(); }, {once: true});
    window.first = null;
    new MutationObserver((_, watching) => {
        if (document.querySelector('.said, .silence')) {
            window.first = performance.now() - window.pressed;
            watching.disconnect();
        }
    }).observe(document.body, {childList: true, subtree: true});
}"""


def milliseconds(page: Any, question: str) -> float:
    """From Enter to the first sentence, in an empty chat."""
    page.locator("[data-do=new]").click()
    page.wait_for_selector(".welcome")
    page.fill("#question textarea", question)
    page.evaluate(_WATCH)
    page.keyboard.press("Enter")
    page.wait_for_selector(".turn .actions")
    return float(page.evaluate("window.first"))


def measure(library: Path, questions: list[str], repeats: int) -> list[float]:
    """The times of all questions, each asked `repeats` times; a first one warms everything up."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(library, Path(folder) / "library"))
        with served(copy) as address, chromium() as browser:
            page = browser.new_page()
            page.set_default_timeout(WAIT_MS)
            page.goto(address)
            page.wait_for_selector(".suggestions", state="attached")
            milliseconds(page, questions[0])
            return [milliseconds(page, q) for _ in range(repeats) for q in questions]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("--questions", type=Path, help="a file with a question on each line")
    parser.add_argument("--repeats", type=int, default=4)
    given = parser.parse_args()
    questions = (
        given.questions.read_text("utf-8").splitlines() if given.questions else list(_QUESTIONS)
    )
    times = sorted(measure(given.library, questions, given.repeats))
    p95 = times[min(len(times) - 1, round(0.95 * len(times)))]
    print(
        f"first sentence on the page: p50 {statistics.median(times):.0f} ms, p95 {p95:.0f} ms,"
        f" {len(times)} questions"
    )


if __name__ == "__main__":
    main()
