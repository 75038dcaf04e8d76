"""What articles cannot do to the page, and what the page offers to nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.ui.chat.page import (
    FLAGSHIP,
    HOSTILE,
    articles_of,
    ask,
    highlighted,
    needs_chromium,
    text_of_open_article,
)

pytestmark = needs_chromium


def test_hostile_articles_are_only_words(page: Any, library: Path, tmp_path: Path) -> None:
    for question in (
        "How many coins does the vault at Pell hold?",
        "Who resigned as mayor of Gatemouth?",
        "Who built the mill of Dray?",
    ):
        turn = ask(page, question)
        for fold in turn.locator("details.closest summary").all():
            fold.click()
        turn.locator(".chip").first.click()
        assert highlighted(page) == turn.locator(".chip").first.get_attribute("data-quote")
    page.locator("#transcript [data-do=library]").click()
    hostile = {s: a for s, a in articles_of(library).items() if str(HOSTILE) in s}
    assert len(hostile) == len(list(HOSTILE.iterdir()))
    for article in hostile.values():
        page.locator(f'.articles .open[data-id="{article.id}"]').click()
        page.wait_for_function(
            "v => document.querySelector('#reader .text')?.dataset.version === v",
            arg=article.version,
        )
        assert text_of_open_article(page) == article.text
        page.evaluate("document.documentElement.dataset.pane = 'library'")
    foreign = "script, style, img, iframe, form, video, link, a[href^='javascript']"
    assert page.locator(f"#reader :is({foreign})").count() == 0
    assert page.locator(f".turns :is({foreign}):not(form.remark)").count() == 0
    check_exported_page_is_harmless(page, tmp_path)


def check_exported_page_is_harmless(page: Any, folder: Path) -> None:
    page.evaluate("delete document.documentElement.dataset.pane")
    page.locator(".menu summary[aria-label=Export]").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="HTML").click()
    download.value.save_as(folder / "export.html")
    exported = page.context.new_page()
    exported.set_content((folder / "export.html").read_text("utf-8"))
    assert "Who built the mill of Dray?" in exported.inner_text("body")
    assert exported.evaluate("window.pwned") is None
    assert exported.locator("script, style, img, iframe, form, a[href^='javascript']").count() == 0
    exported.close()


def test_no_event_of_the_page_is_offered_to_programs(page: Any, address: str) -> None:
    info = page.request.get(f"{address}/gradio_api/info").json()
    assert info["named_endpoints"] == {}
    assert info["unnamed_endpoints"] == {}


def test_the_page_may_load_nothing_from_elsewhere_and_sends_no_referrer(
    page: Any, address: str
) -> None:
    headers = page.request.get(address).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "http" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    for asset in ("chat.js", "morph.js", "style.css"):
        assert "http" not in page.request.get(f"{address}/chat/{asset}").text()


def test_an_export_is_a_file_and_never_a_page_of_this_site(page: Any, address: str) -> None:
    ask(page, FLAGSHIP)
    conversation = page.locator(".turns").get_attribute("data-conversation")
    for ending in ("md", "html", "json"):
        file = page.request.get(f"{address}/chat/export/{conversation}.{ending}")
        assert file.headers["content-disposition"].startswith("attachment")
        assert file.headers["content-security-policy"].startswith("sandbox")
    for nothing in (f"export/{conversation}.exe", "export/none.md", "page.py"):
        assert page.request.get(f"{address}/chat/{nothing}").status == 404
