"""Asking in the chat: answers that arrive, conversations that are kept, filters, new articles."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ingest.embed import Embedder
from tests.conftest import make_library
from tests.ui.chat.page import (
    FLAGSHIP,
    NEW_ARTICLE,
    PacedAssistant,
    ask,
    highlighted,
    needs_chromium,
)
from tests.ui.web_server import Served, served, wait_until, wait_until_ready

pytestmark = needs_chromium


def test_a_conversation_goes_on_and_is_there_after_a_reload(page: Any, tmp_path: Path) -> None:
    ask(page, FLAGSHIP)
    second = ask(page, "Who denied that tally?")
    assert "Taliban" in second.locator(".answer").inner_text()
    second.locator('[data-do=rate][data-up="0"]').click()
    second.locator('.remark input[name="remark"]').fill("Too short")
    second.locator(".remark button").click()
    page.wait_for_selector('.remark input[value="Too short"]', state="attached")
    entry = page.locator(".conversations li[aria-current]")
    entry.locator("[data-do=rename-here]").click()
    page.keyboard.type("Jalalabad <b>notes</b>")
    page.keyboard.press("Enter")
    page.locator(".bar h2", has_text="Jalalabad <b>notes</b>").wait_for()

    page.reload()
    page.locator(".turn .actions").nth(1).wait_for()
    assert page.locator(".question").all_inner_texts() == [FLAGSHIP, "Who denied that tally?"]
    assert page.locator(".bar h2").inner_text() == "Jalalabad <b>notes</b>"
    pressed = page.locator('[aria-pressed="true"]')
    assert (pressed.count(), pressed.get_attribute("data-up")) == (1, "0")
    assert page.locator('.remark input[value="Too short"]').count() == 1
    page.locator(".chip").first.click()
    assert highlighted(page)
    check_exports(page, tmp_path)

    page.once("dialog", lambda dialog: dialog.accept())
    page.locator(".conversations li[aria-current] [data-do=delete]").click()
    page.wait_for_selector(".welcome")
    assert page.get_by_text("Jalalabad <b>notes</b>").count() == 0


def test_a_conversation_is_there_after_the_server_was_started_anew(
    page: Any, library: Path, embedder: Embedder
) -> None:
    said = ask(page, FLAGSHIP).locator(".answer").inner_text()
    conversation = page.locator(".turns").get_attribute("data-conversation")
    kept = library.parent / "conversations.sqlite"
    with served(library, embedder, page=True, conversations=kept) as anew:
        wait_until_ready(anew)
        other = page.context.new_page()
        other.goto(f"{anew.url}/#{conversation}")
        other.locator(".turn .actions").wait_for()
        assert other.locator(".answer").inner_text() == said
        assert other.locator(".conversations li[aria-current]").inner_text() == FLAGSHIP
        other.close()


def check_exports(page: Any, folder: Path) -> None:
    """The open conversation as Markdown, HTML and JSON."""
    texts = {}
    for name in ("Markdown", "HTML", "JSON"):
        page.locator(".menu summary[aria-label=Export]").click()
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        download.value.save_as(folder / download.value.suggested_filename)
        texts[name] = (folder / download.value.suggested_filename).read_text("utf-8")
    assert texts["Markdown"].count("\n## ") == 2
    assert "<b>notes" not in texts["HTML"]
    turns = json.loads(texts["JSON"])["turns"]
    assert [turn["question"] for turn in turns] == [FLAGSHIP, "Who denied that tally?"]
    assert turns[1]["rating"]["remark"] == "Too short"


def test_an_answer_can_be_copied_with_its_citations_asked_again_and_explained(
    page: Any, address: str
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    turn = ask(page, FLAGSHIP)
    turn.locator("[data-do=copy]").click()
    turn.locator("[data-done=Copied]").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(FLAGSHIP)
    assert re.search(r"^\[1\] .*characters \d+-\d+$", copied, re.M)
    before = turn.locator(".answer").inner_text()
    turn.locator("[data-do=again]").click()
    page.locator(".turn[aria-busy]").wait_for(state="attached")
    page.locator(".turn .actions").wait_for()
    assert page.locator(".turn").count() == 1
    assert page.locator(".answer").inner_text() == before
    page.locator("[data-do=explain]").click()
    page.wait_for_selector(".explanation tbody tr")
    facts = page.locator(".explanation dl").inner_text()
    assert "Confidence" in facts
    assert "ms" in facts


def test_filters_choose_which_articles_answer_and_a_wrong_date_is_explained(page: Any) -> None:
    page.locator("[data-do=filters]").click()
    page.locator("#source input").fill("Overland Post")
    page.keyboard.press("Enter")
    page.locator(".chosen", has_text="Overland Post").wait_for()
    turn = ask(page, FLAGSHIP)
    sources = turn.locator(".from").all_inner_texts()
    assert sources
    assert all("Overland Post" in source for source in sources)
    page.locator("#since input").fill("2022")
    later = ask(page, FLAGSHIP)
    later.locator(".silence").wait_for()
    assert later.locator(".chip").count() == 0
    page.locator("#since input").fill("yesterday")
    page.locator(".problem", has_text="'yesterday' is not a date.").wait_for()
    page.fill("#question textarea", FLAGSHIP)
    page.press("#question textarea", "Enter")
    page.locator(".note", has_text="'yesterday' is not a date.").wait_for()
    page.locator("#send").wait_for()
    assert page.input_value("#question textarea") == FLAGSHIP
    page.locator("[data-do=clear]").click()
    page.locator(".chosen", has_text="All sources, any date").wait_for()
    assert "ISKP" in ask(page, FLAGSHIP).locator(".short").inner_text()


def drop_article(page: Any) -> None:
    files = page.evaluate_handle(
        """text => {
            const dropped = new DataTransfer();
            dropped.items.add(new File([text], 'observatory.md', {type: 'text/markdown'}));
            return dropped;
        }""",
        NEW_ARTICLE,
    )
    page.dispatch_event(".turns", "drop", {"dataTransfer": files})
    page.locator(".outcome .done", has_text="observatory.md: 1 added").wait_for()


def test_the_first_article_of_a_library_is_counted_and_can_be_asked(
    page: Any, tmp_path: Path, embedder: Embedder
) -> None:
    folder = make_library(tmp_path / "library", [], embedder)
    kept = tmp_path / "conversations.sqlite"
    with served(folder, embedder, page=True, conversations=kept) as empty:
        wait_until_ready(empty)
        other = page.context.new_page()
        other.goto(empty.url)
        other.locator(".welcome", has_text="There are none yet").wait_for()
        drop_article(other)
        other.locator(".welcome", has_text="Every sentence of an answer").wait_for()
        assert other.locator(".bar .count").inner_text() == "1"
        assert "Agatha Quill" in ask(other, "Who paid for the observatory?").inner_text()
        other.close()


def test_a_dropped_file_can_be_asked_found_and_removed(page: Any) -> None:
    before = int(page.locator(".bar .count").inner_text())
    drop_article(page)
    page.locator(".bar .count", has_text=str(before + 1)).wait_for()
    turn = ask(page, "Who paid for the observatory on Mount Teller?")
    assert "Agatha Quill" in turn.locator(".answer").inner_text()
    page.locator("#search input").fill("teller news")
    page.locator(".total", has_text="1 of").wait_for()
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator(".articles [data-do=remove]").click()
    page.locator(".total", has_text="0 of").wait_for()
    page.locator("#search input").fill("")
    turn.locator(".chip").first.click()
    assert "Agatha Quill" in highlighted(page)
    assert "has left the library" in page.locator("#reader .notice").inner_text()


def test_a_private_address_is_refused_by_name(page: Any) -> None:
    page.locator("#transcript [data-do=library]").click()
    page.locator("#url input").fill("http://127.0.0.1:9/secret")
    page.locator("#add").click()
    page.locator(".outcome .failed", has_text="http://127.0.0.1:9/secret").wait_for()


def test_sentences_are_there_as_they_come_and_stay_where_they_are(
    page: Any, assistant: PacedAssistant
) -> None:
    with assistant.paced() as steps:
        page.fill("#question textarea", FLAGSHIP)
        page.press("#question textarea", "Enter")
        page.locator(".reading").wait_for()
        assert page.locator(".said").count() == 0
        steps.release()
        page.locator(".said").wait_for()
        assert page.locator(".reading").is_visible()
        page.locator(".chip").click()
        quote = page.locator(".chip").get_attribute("data-quote")
        assert highlighted(page) == quote
        page.evaluate("document.querySelectorAll('.said, .chip').forEach(e => e.first = true)")
        steps.release()
        page.locator(".said").nth(1).wait_for()
    page.locator(".turn .actions").wait_for()
    assert page.evaluate("document.querySelector('.said').first && document.activeElement")
    first = page.locator(".chip").first
    assert first.evaluate("chip => chip.first && chip.getAttribute('aria-current')") == "true"
    assert highlighted(page) == first.get_attribute("data-quote") == quote


def test_an_answer_that_nobody_waits_for_is_stopped_and_not_kept(
    page: Any, assistant: PacedAssistant, server: Served
) -> None:
    kept = len(server.desk.conversations.list())
    with assistant.paced() as steps:
        page.fill("#question textarea", FLAGSHIP)
        page.press("#question textarea", "Enter")
        steps.release()
        page.locator(".said").wait_for()
        page.locator("#stop").click()
        page.locator(".note", has_text="Stopped.").wait_for()
        page.locator("#send").wait_for()
        assert page.locator(".said").count() == 1
        assert page.input_value("#question textarea") == FLAGSHIP
    wait_until(lambda: not server.desk.running)
    assert len(server.desk.conversations.list()) == kept
    turn = ask(page, "Who denied the tally of the Taliban's dead?")
    assert page.locator(".turn").count() == 1
    assert turn.locator(".answer").inner_text()
