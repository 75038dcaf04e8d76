"""The chat as a person uses it: in a browser, with the real reader and real articles."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ingest.article import Article
from ingest.embed import Embedder
from ingest.library import Library, LibraryWriter
from ingest.pipeline import add_articles, ingest
from rag.assistant import Assistant, Event
from tests.conftest import with_embedder
from tests.ui.browser import CHROMIUM, ROOT, WAIT_MS, chromium, is_here
from tests.ui.web_server import Served, served, wait_until, wait_until_ready

if CHROMIUM is None and os.environ.get("CI"):
    pytest.fail("Chromium is missing: `apt-get install chromium`.", pytrace=False)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

FLAGSHIP = "who claimed the Jalalabad attacks?"
DESKTOP = {"width": 1360, "height": 860}
HOSTILE = Path(__file__).parent / "hostile"
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


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """The sample articles about ISKP, one with emoji, and the hostile ones."""
    folder = tmp_path_factory.mktemp("chat") / "library"
    with with_embedder(LibraryWriter.open(folder), embedder) as writer:
        assert not ingest([ROOT / "ingest/samples/iskp", HOSTILE], writer).failed
        add_articles([EMOJI], writer)
    return folder


@pytest.fixture(scope="module")
def server(library: Path, embedder: Embedder) -> Iterator[Served]:
    conversations = library.parent / "conversations.sqlite"
    with served(
        library, embedder, page=True, kind=PacedAssistant, conversations=conversations
    ) as running:
        wait_until_ready(running)
        yield running


@pytest.fixture(scope="module")
def address(server: Served) -> str:
    return server.url


@pytest.fixture
def assistant(server: Served) -> PacedAssistant:
    assert isinstance(server.desk.assistant, PacedAssistant)
    return server.desk.assistant


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


@dataclass
class Seen:
    """What went on in a window: the addresses asked for, and what scripts raised."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def opened(browser: Any, address: str) -> Iterator[tuple[Any, Seen]]:
    """The page, loaded once for all tests: loading it is what takes long."""
    context = browser.new_context(viewport=DESKTOP, accept_downloads=True)
    context.set_default_timeout(WAIT_MS)
    page, seen = context.new_page(), Seen()
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.goto(address)
    page.wait_for_selector(".suggestions button")
    yield page, seen
    context.close()


@pytest.fixture
def page(opened: tuple[Any, Seen]) -> Iterator[Any]:
    """An empty chat. Whatever a test does, no script of an article runs and no request leaves."""
    page, seen = opened
    seen.errors.clear()
    page.set_viewport_size(DESKTOP)
    page.evaluate("""for (const open of ['pane', 'side', 'filters'])
        delete document.documentElement.dataset[open]""")
    page.locator("[data-do=new]").click()
    page.wait_for_selector(".welcome")
    yield page
    assert page.evaluate("window.pwned") is None
    assert [url for url in seen.requests if not is_here(url)] == []
    assert seen.errors == []


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
    assert "Jalalabad <b>notes</b>" not in page.locator(".conversations").inner_text()


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


def test_what_the_articles_do_not_say_looks_calm_and_folds_the_closest_passages(page: Any) -> None:
    turn = ask(page, "Who won the chess world championship in 1972?")
    assert turn.locator(".silence").inner_text() == "The articles do not say."
    closest = turn.locator("details.closest")
    assert not closest.locator(".words").first.is_visible()
    closest.locator("summary").click()
    closest.locator(".chip").first.click()
    assert highlighted(page) == closest.locator(".chip").first.get_attribute("data-quote")


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


def test_a_dropped_file_can_be_asked_found_and_removed(page: Any) -> None:
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
