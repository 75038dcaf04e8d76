"""Reading in the chat: exact words highlighted, by mouse, keyboard and phone, in light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.ui.chat.page import (
    EMOJI,
    FLAGSHIP,
    articles_of,
    ask,
    highlighted,
    is_in_view,
    needs_chromium,
    text_of_open_article,
)

pytestmark = needs_chromium


def test_a_click_on_a_citation_shows_its_exact_words_in_their_article(
    page: Any, library: Path
) -> None:
    turn = ask(page, FLAGSHIP)
    assert "ISKP" in turn.locator(".short strong").inner_text()
    assert turn.locator(".dispute .voice").first.inner_text().lower() == "disputed"
    chips = turn.locator(".chip")
    for number in range(chips.count()):
        chip = chips.nth(number)
        chip.hover()
        quote = chip.get_attribute("data-quote")
        assert page.locator("#tip q").inner_text() == quote
        chip.click()
        page.wait_for_function(
            "n => document.querySelector('.where')?.textContent.startsWith(n)", arg=str(number + 1)
        )
        assert highlighted(page) == quote
        assert is_in_view(page, '#reader mark[data-mark="0"]')
        shown = text_of_open_article(page)
        assert shown in {article.text for article in articles_of(library).values()}
        assert page.locator("#reader .from").first.inner_text()


def test_what_is_highlighted_holds_after_emoji_and_links_to_the_words_at_their_origin(
    page: Any,
) -> None:
    turn = ask(page, "Who won the cup of the regatta of Ulm?")
    turn.locator(".chip").first.click()
    words = highlighted(page)
    assert "Hedda Krone" in words
    assert text_of_open_article(page) == EMOJI.text
    start = page.eval_on_selector(
        '#reader mark[data-mark="0"]',
        """mark => {
            const before = document.createRange();
            before.setStart(mark.closest('.text'), 0);
            before.setEndBefore(mark);
            return [...before.toString()].length;
        }""",
    )
    assert EMOJI.text[start : start + len(words)] == words
    link = page.locator("#reader a.original")
    assert link.get_attribute("href").startswith("https://ulm.example/regatta?day=1#:~:text=")
    assert link.get_attribute("rel") == "noopener noreferrer nofollow"


def test_a_citation_is_read_and_left_with_the_keyboard_alone(page: Any) -> None:
    turn = ask(page, FLAGSHIP)
    turn.locator(".chip").first.focus()
    page.keyboard.press("Enter")
    first = highlighted(page)
    page.keyboard.press("n")
    page.wait_for_function("document.querySelector('.where').textContent.startsWith('2')")
    assert highlighted(page) != first
    page.keyboard.press("p")
    page.wait_for_function("document.querySelector('.where').textContent.startsWith('1')")
    assert highlighted(page) == first
    page.keyboard.press("Escape")
    assert page.evaluate("document.documentElement.dataset.pane") is None
    assert page.evaluate("document.activeElement.className") == "chip"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"


def test_what_the_articles_do_not_say_looks_calm_and_folds_the_closest_passages(page: Any) -> None:
    turn = ask(page, "Who won the chess world championship in 1972?")
    assert turn.locator(".silence").inner_text() == "The articles do not say."
    closest = turn.locator("details.closest")
    assert not closest.locator(".words").first.is_visible()
    closest.locator("summary").click()
    closest.locator(".chip").first.click()
    assert highlighted(page) == closest.locator(".chip").first.get_attribute("data-quote")


def test_a_phone_shows_one_thing_at_a_time_and_nothing_runs_over_its_edge(page: Any) -> None:
    page.set_viewport_size({"width": 375, "height": 720})
    turn = ask(page, FLAGSHIP)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    turn.locator(".chip").first.click()
    assert highlighted(page)
    assert not page.locator("#composer").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.locator("#reader [data-do=close]").click()
    page.locator("#transcript [data-do=side]").click()
    assert page.locator(".conversations").is_visible()
    page.locator("[data-do=new]").click()
    page.wait_for_selector(".welcome")
    assert not page.locator(".conversations").is_visible()


CONTRAST = """selector => {
    const parse = colour => colour.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
        .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const element = document.querySelector(selector);
    let behind = element;
    const filled = e => (parse(getComputedStyle(e).backgroundColor)[3] ?? 1) > 0;
    while (!filled(behind)) behind = behind.parentElement;
    const [a, b] = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor]
        .map(parse).map(light).sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_what_is_behind_them(page: Any, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    turn = ask(page, FLAGSHIP)
    turn.locator(".chip").first.click()
    highlighted(page)
    for selector in (
        *(".question", ".words", ".said .from", ".voice", ".chip:not([aria-current])"),
        *(".chip[aria-current]", '#reader mark[data-mark="0"]', ".actions button", "#send"),
        *(".conversations .open", "#side .new", ".chosen button"),
    ):
        assert page.evaluate(CONTRAST, selector) >= 4.5, selector
