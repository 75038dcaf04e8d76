"""The report: figures and questions as they are, nothing of outside run or loaded, in one file."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from eval.benchmark import Asked, Gold, Item
from eval.errors import EvalError
from eval.figures import figure
from eval.measure_table import MEASURES
from eval.measures import ArticleSpan
from eval.plots import interval_plot
from eval.question_list import Mark, excerpts
from eval.records import Record, Results
from eval.report import badness, verdict_on, write_report
from eval.scoring import score_answer
from eval.statistics import Interval
from eval.system import Cited, Reply
from ingest.article import Article, Span

EVIL = '"><script>alert(1)</script><img src=http://evil.example/x onerror=alert(2)> & \u202e'
TEXT = f"Before. {EVIL} Fourteen were hurt. After."
ARTICLE = Article(source=f"s{EVIL}", text=TEXT, title=f"t{EVIL}", outlet=f"o{EVIL}")


def record(number: int, reply: Reply | None, *, answerable: bool = True) -> Record:
    start = ARTICLE.text.index("Fourteen")
    span = ArticleSpan(ARTICLE.source, Span(start, start + 19))
    gold = Gold(parts=(("14", f"{EVIL} and more"),), evidence=((span,),)) if answerable else Gold()
    item = Item(
        f"q{number}", f"{number}? {EVIL}", answerable, gold, f"c{number}", EVIL, tags=(EVIL,)
    )
    asked = Asked(reply, error=None if reply else f"Boom {EVIL}", latency_s=0.1 * (number + 1))
    return Record.of(item, asked, score_answer(item, asked, {ARTICLE.source: ARTICLE}))


def answer(words: str = "Fourteen were hurt.", sure: float = 0.8) -> Reply:
    start = ARTICLE.text.index(words)
    citation = Cited(ARTICLE.source, start, start + len(words), words)
    return Reply(f"{words} {EVIL}", True, EVIL, sure, (citation,))


def silent() -> Reply:
    return Reply("The articles do not say.", False, None, 0.2, unsaid=answer())


@pytest.fixture
def results() -> Results:
    records = [
        record(0, answer()),
        record(1, answer("Before.", 0.9)),
        record(2, silent()),
        record(3, silent(), answerable=False),
        record(4, None),
    ]
    names = ("right", "evidence_recall", "aurc", "ece", "latency_p50", "failed")
    figures = {name: figure(MEASURES[name], records) for name in names}
    return Results(
        {"benchmark": "toy", "split": "dev", "data": "d", "system": EVIL},
        {name: found for name, found in figures.items() if found},
        records,
        {ARTICLE.source: ARTICLE},
        (f"note {EVIL}",),
    )


class Page(HTMLParser):
    """What a browser makes of the page: elements with their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_nothing_of_outside_becomes_markup_and_nothing_is_loaded(
    tmp_path: Path, results: Results
) -> None:
    html = write_report({f"run {EVIL}": results, "two": results}, tmp_path / "r")[0].read_text()
    page = Page(html)
    tags = [tag for tag, _ in page.elements]
    assert tags.count("script") == 1
    assert not {"img", "link", "iframe", "object", "base", "form"} & set(tags)
    attributes = [name for _, found in page.elements for name in found]
    assert not {"src", "onerror", "onclick", "style", "srcset"} & set(attributes)
    links = [value for _, found in page.elements if (value := found.get("href"))]
    assert all(link.startswith("#") for link in links)
    assert page.text.count(EVIL) > 20
    assert not re.search(r"url\(|@import", html)


def test_the_policy_of_the_page_allows_its_own_style_and_script_alone(
    tmp_path: Path, results: Results
) -> None:
    import base64
    import hashlib

    html = write_report({"one": results}, tmp_path / "r")[0].read_text()
    policies = [
        a["content"] or "" for t, a in Page(html).elements if t == "meta" and "content" in a
    ]
    policy = next(one for one in policies if "default-src" in one)
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        assert inside
        digest = base64.b64encode(hashlib.sha256(inside[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_the_worst_questions_come_first(results: Results) -> None:
    ranked = sorted(results.records, key=badness, reverse=True)
    assert [(r.id, verdict_on(r)) for r in ranked] == [
        ("q4", "failed"),
        ("q1", "wrong"),
        ("q2", "silent"),
        ("q0", "right"),
        ("q3", "abstained"),
    ]


def test_citations_and_gold_are_marked_where_they_stand() -> None:
    article = Article(source="a", text="One two three. " + "x " * 400 + "Four <five> six.")
    five = article.text.index("<five>")
    marks = [Mark(4, 7, "cited"), Mark(4, 13, "gold"), Mark(five, five + 6, "cited")]
    first, second = re.findall(r"<p>.*?</p>", excerpts(article, marks))
    assert first.startswith(
        '<p>One <mark class="cited gold">two</mark><mark class="gold"> three</mark>. x'
    )
    assert first.endswith(" …</p>")
    assert second.startswith("<p>… ")
    assert 'Four <mark class="cited">&lt;five&gt;</mark> six.</p>' in second


def test_markdown_and_json_say_the_same_figures(tmp_path: Path, results: Results) -> None:
    _, markdown, as_json = write_report({"one": results}, tmp_path / "r.html")
    assert "| Right | 0.400 (0.000 to 0.800) |" in markdown.read_text()
    entry = json.loads(as_json.read_text())[0]
    assert entry["figures"]["right"]["estimate"] == pytest.approx(0.4)
    assert entry["signature_line"].startswith("benchmark:toy|split:dev|")
    assert entry["failed"] == 1


def test_runs_of_the_same_questions_stand_side_by_side(tmp_path: Path, results: Results) -> None:
    html = write_report({"one": results, "two": results}, tmp_path / "r")[0].read_text()
    assert html.count("<h2>") == 1
    assert html.count('<ul class="legend">') == 3  # no retrieval was shown


def test_a_report_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="no results"):
        write_report({}, tmp_path / "r")


def test_intervals_are_drawn_to_scale_and_unknown_ones_are_left_out() -> None:
    found = [Interval(0.5, 0.25, 0.75, 4, 2), None, Interval(1.5, None, None, 4, 2)]
    drawn = interval_plot(found)
    lines = re.findall(r'class="line s(\d)" d="M([\d.]+) [\d.]+H([\d.]+)"', drawn)
    dots = re.findall(r'class="dot s(\d)" cx="([\d.]+)"', drawn)
    low, high = (float(value) for value in lines[0][1:])
    at, outside = float(dots[0][1]), float(dots[1][1])
    assert [number for number, *_ in lines] == ["0"]
    assert [number for number, _ in dots] == ["0", "2"]
    assert at - low == high - at > 0
    assert outside - at == pytest.approx(2 * (high - at))  # 1 is as far from 0.5 as it can be
