"""What each format's reader promises, on small files that look like real ones."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from ingest.article import Article
from ingest.errors import UnreadableSource
from ingest.formats import READERS, Reading, read_articles
from ingest.formats.dates import iso_date
from ingest.formats.decode import decode
from ingest.formats.furniture import without_furniture
from ingest.formats.metadata import web_address

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parents[2]
EMPTY_PAGES = [
    "<html></html>",
    "<html><body></body></html>",
    "<html><body><nav><a href='/'>Home</a> <a href='/s'>Sport</a></nav></body></html>",
    "<html><head><title>Gone</title><script>var words = 1;</script></head></html>",
]
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
WORDS = "The mayor’s café – in the Rue de l’Église – stayed open, she said, and served £30 lunches."


def read_file(name: str) -> Reading:
    path = DATA / name
    return read_articles(path.read_bytes(), f"/news/{name}", path.suffix)


def only(text: str | bytes, suffix: str) -> Article:
    data = text.encode() if isinstance(text, str) else text
    reading = read_articles(data, f"/news/a{suffix}", suffix)
    assert reading.problems == ()
    (article,) = reading.articles
    return article


# Every format


@pytest.mark.parametrize("suffix", READERS)
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b" \r\n\t\n ", "is empty"),
        (b"\xef\xbb\xbf\r\n", "is empty"),
        (b"\xff\xfe", "is empty"),
        (PNG, "a PNG image"),
        (b"%PDF-1.7\n1 0 obj", "a PDF document"),
        (b"PK\x03\x04" + bytes(40), "office document"),
        (bytes(range(256)) * 4, "binary data"),
    ],
)
def test_a_file_without_text_is_reported_by_name_and_reason(
    suffix: str, data: bytes, reason: str
) -> None:
    with pytest.raises(UnreadableSource, match=reason) as caught:
        read_articles(data, f"/news/a{suffix}", suffix)
    assert f"'/news/a{suffix}'" in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("suffix", "reason"), [(".xyz", r"the format '\.xyz'"), ("", "a name without a suffix")]
)
def test_an_unknown_format_is_reported_with_those_that_are_known(suffix: str, reason: str) -> None:
    with pytest.raises(UnreadableSource, match=reason) as caught:
        read_articles(b"words", "/news/a", suffix)
    assert ".txt" in caught.value.remedy
    assert ".jsonl" in caught.value.remedy


@pytest.mark.parametrize("suffix", [".TXT", ".Md", ".HTM", ".NdJson"])
def test_a_suffix_is_known_in_any_case(suffix: str) -> None:
    record = json.dumps({"text": "The ferry sank at dawn, the harbour master said."})
    assert "The ferry sank at dawn" in only(record, suffix).text


# Encodings


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", WORDS),
        ("utf-8-sig", WORDS),
        ("utf-16", WORDS),
        ("utf-32", WORDS),
        ("utf-16-le", WORDS),
        ("utf-16-be", WORDS),
        ("cp1252", WORDS),
        ("latin-1", "He paid £30 for the fiancé's naïve façade, and the mayor denied it."),
        ("cp1251", "Москва отвергла обвинения, сообщили вчера в пресс-службе ведомства."),
        (
            "cp1250",
            "Łódź i Kraków: mieszkańcy żądają źródeł i wyjaśnień od władz miasta. Prezydent Łodzi "
            "zapowiedział, że odpowiedź nadejdzie w środę, a sprawą zajmie się prokuratura.",
        ),
        ("shift_jis", "市長は火曜日に、港の壁が壊れたと発表した。負傷者はいなかった。" * 3),
    ],
)
def test_the_words_survive_every_encoding(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding), "a.txt").lstrip("\ufeff") == text


def test_one_damaged_byte_does_not_spoil_the_rest_of_utf8() -> None:
    damaged = (WORDS + "\n").encode() * 3 + b"caf\xe9\n"
    assert decode(damaged, "a.txt") == (WORDS + "\n") * 3 + "caf\ufffd\n"


def test_line_ends_are_one_character_in_every_format() -> None:
    article = only("Ferry sinks\r\n\r\nIt sank at dawn.\r\n\rNobody was hurt.\r\n", ".txt")
    assert article.text == "It sank at dawn.\n\nNobody was hurt."


# Dates


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2021-10-06", "2021-10-06"),
        ("20211006", "2021-10-06"),
        ("2021/10/06", "2021-10-06"),
        ("6 October 2021", "2021-10-06"),
        ("6th of October, 2021", "2021-10-06"),
        ("Oct 6, 2021", "2021-10-06"),
        ("Sept. 5, 2021", "2021-09-05"),
        ("Wednesday, October 6, 2021", "2021-10-06"),
        ("Published on 06-Oct-2021", "2021-10-06"),
        ("13/02/2021", "2021-02-13"),
        ("02/13/2021", "2021-02-13"),
        ("05.05.2021", "2021-05-05"),
        ("2021-10-06T14:30:00Z", "2021-10-06T14:30:00+00:00"),
        ("2021-10-06 14:30:59.123 +0500", "2021-10-06T14:30:59+05:00"),
        ("Wed, 06 Oct 2021 14:30:00 GMT", "2021-10-06T14:30:00+00:00"),
        ("October 6, 2021, 2:05 p.m.", "2021-10-06T14:05:00"),
        ("October 6, 2021 at 12:05 am", "2021-10-06T00:05:00"),
        ("October 6, 2021 10:30 am ET", "2021-10-06"),
        ("2021-10-06 25:10", "2021-10-06"),
        (1633500000, "2021-10-06T06:00:00+00:00"),
        (1633500000000, "2021-10-06T06:00:00+00:00"),
        (20211006, "2021-10-06"),
        (date(2021, 10, 6), "2021-10-06"),
        (datetime(2021, 10, 6, 9, tzinfo=UTC), "2021-10-06T09:00:00+00:00"),
        (
            datetime(2021, 10, 6, 9, 0, 0, 5, timezone(timedelta(hours=5))),
            "2021-10-06T09:00:00+05:00",
        ),
        ("01/02/2021", None),
        ("01.02.2021", None),
        ("31/02/2021", None),
        ("31 February 2021", None),
        ("2021-13-01", None),
        ("6 October", None),
        ("October 2021", None),
        ("6/10/21", None),
        ("last Tuesday", None),
        ("", None),
        (7, None),
        (float("nan"), None),
        (float("inf"), None),
        (True, None),
        (None, None),
        (["2021-10-06"], None),
    ],
)
def test_a_date_is_the_one_that_was_meant_or_none(written: object, iso: str | None) -> None:
    assert iso_date(written) == iso


# Text


def test_a_copied_article_loses_its_furniture_and_keeps_its_words() -> None:
    article = only(
        "Crew of the island ferry votes to strike\n"
        "By Jo Castell and Ines Dahl\n"
        "6 October 2021\n\n"
        "The owners called the vote “a mistake”\n\n"
        "PORT ELLERY: The crew voted on Friday. Comments are closed.\n\n"
        "Advertisement\n\n"
        "The owners denied it.\n\n"
        "Share this article\nFacebook\nTwitter\n\n"
        "Comments are closed.\n\nSubscribe to Newsletter\n",
        ".txt",
    )
    assert article.title == "Crew of the island ferry votes to strike"
    assert (article.author, article.published) == ("Jo Castell and Ines Dahl", "2021-10-06")
    assert article.text == (
        "The owners called the vote “a mistake”\n\n"
        "PORT ELLERY: The crew voted on Friday. Comments are closed.\n\n"
        "Advertisement\n\n"
        "The owners denied it."
    )


def test_labelled_lines_before_the_text_are_metadata() -> None:
    article = only(
        "Title: Ferry sinks\nAuthor: Jo Castell\nDate: Oct 6, 2021\nSource: Harbour Wire\n"
        "URL: https://wire.example/1\nLanguage: en\n\nIt sank at dawn.",
        ".txt",
    )
    assert article == Article(
        source="/news/a.txt",
        text="It sank at dawn.",
        title="Ferry sinks",
        author="Jo Castell",
        outlet="Harbour Wire",
        published="2021-10-06",
        url="https://wire.example/1",
        language="en",
    )


@pytest.mark.parametrize(
    "text",
    [
        "It sank at dawn.",
        "It sank at dawn.\n\nNobody was hurt.",
        "It sank at dawn\nand nobody was hurt.\n\nThe owners declined to comment.",
        "By Tuesday the water had gone.\n\nThe council thanked the crews.",
        "Comments are closed.",
        "By Jo Castell",
        "He said “no.”\n\nShe said yes.",
        "Date: 01/02/2021\nIt sank.\n\nNobody was hurt.",
        "- one\n\n- two",
        "word " * 40 + "\n\nIt sank at dawn.",
        "Source: " + "word " * 15 + "\nIt sank.",
    ],
)
def test_text_without_title_or_header_stays_whole(text: str) -> None:
    article = only(text, ".txt")
    assert article.text == text.strip()
    assert article.metadata() == Article("/news/a.txt", text).metadata()


@pytest.mark.parametrize(
    "line",
    [
        "Comments are closed.",
        "12 Comments",
        "Leave a Reply",
        "Subscribe to Newsletter",
        "Sign up for our daily newsletter",
        "Share this article",
        "ADVERTISEMENT",
        "Read more",
        "Read more: Storm closes coast road",
        "Related stories",
        "Tags: ferry, strike",
        "© 2024 The Tarnford Observer. All rights reserved.",
    ],
)
def test_what_a_page_leaves_at_the_end_is_removed(line: str) -> None:
    assert without_furniture(["It sank.", line, "Advertisement\nShare"]) == ["It sank."]


@pytest.mark.parametrize(
    "line",
    [
        "He closed the comments.",
        "Comments on the plan close on Friday.",
        "Read more widely, the head teacher told them.",
        "Subscribers to the newsletter were told first.",
        "Share prices fell.",
        "Share this article of faith, she said, and win.",
        "More news will follow on Monday.",
        "Copyright law has not changed since 1990.",
        "Register offices stay open.",
        "Related charges were dropped.",
    ],
)
def test_a_last_sentence_that_only_resembles_furniture_stays(line: str) -> None:
    assert without_furniture(["It sank.", line]) == ["It sank.", line]


# Markdown


def test_front_matter_is_metadata_and_the_rest_is_the_text() -> None:
    (article,) = read_file("recall-notice.md").articles
    assert article == Article(
        source="/news/recall-notice.md",
        text=(
            "Five products have been **recalled**, the city's health office said.\n\n"
            "## What to do\n\n- Keep the label.\n- Call the office, <b>not</b> the bakery."
        ),
        title="Bakery recalls cream slices: full list",
        author="Ines Dahl, J. R. Castell",
        outlet="Radio Calder",
        published="2024-06-15T19:30:00+01:00",
        url="https://radio.example/recall",
        language="no",
    )


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("# Ferry sinks\n\nIt sank.", "Ferry sinks", "It sank."),
        ("# Learn C# #\nIt sank.", "Learn C#", "It sank."),
        ("Ferry sinks\n===\n\nIt sank.", "Ferry sinks", "It sank."),
        ("---\ntitle: Ferry\n---\n# Other\n\nIt sank.", "Ferry", "# Other\n\nIt sank."),
        ("---\ntitle: Ferry\n---\n# FERRY\n\nIt sank.", "Ferry", "It sank."),
        ("---\ntitle: ~\n---\n# Ferry\n\nIt sank.", "Ferry", "It sank."),
        ("---\ntitle: 1984\n---\nIt sank.", "1984", "It sank."),
        (
            "It sank.\n\n# Background\n\nIt was old.",
            None,
            "It sank.\n\n# Background\n\nIt was old.",
        ),
        ("## Ferry\n\nIt sank.", None, "## Ferry\n\nIt sank."),
        ("#ferry sank today", None, "#ferry sank today"),
        ("---\n\nIt sank.\n\n---\n\nEnd.", None, "---\n\nIt sank.\n\n---\n\nEnd."),
        ("---\nIt sank.", None, "---\nIt sank."),
        ("It <!-- never closed sank.", None, "It <!-- never closed sank."),
        ("It<!-- a --> sank<!---->.", None, "It sank."),
    ],
)
def test_a_markdown_title_leaves_the_text_and_nothing_else_does(
    text: str, title: str | None, body: str
) -> None:
    article = only(text, ".md")
    assert (article.title, article.text) == (title, body)


def test_damaged_front_matter_is_reported_with_its_line() -> None:
    with pytest.raises(UnreadableSource, match=r"'/news/a\.md'.* line 3") as caught:
        only("---\ntitle: Ferry\noutlet: Wire: the\n---\nIt sank.", ".md")
    assert "colon" in caught.value.remedy


def test_front_matter_builds_no_python_objects() -> None:
    article = only("---\ntitle: !!python/object/apply:os.getcwd []\n---\nIt sank.", ".md")
    assert (article.title, article.text) == (None, "It sank.")


# HTML


def test_a_page_gives_its_article_without_the_page_around_it() -> None:
    (article,) = read_file("harbour-flood.html").articles
    assert article.title == "Harbour wall fails at Port Ellery"
    assert article.author == "Ines Dahl"
    assert article.outlet == "The Tarnford Observer"
    assert article.published == "2024-02-11T18:30:00+00:00"
    assert article.url == "https://observer.example/2024/02/11/harbour-wall"
    assert article.language == "en"
    paragraphs = article.text.split("\n\n")
    assert paragraphs[0].startswith("About forty metres of the harbour wall")
    assert "flooding the fish market & two streets" in paragraphs[0]
    assert "“We were very lucky that it was a Sunday,” said" in paragraphs[1]
    assert paragraphs[2] == "What is closed"
    assert paragraphs[4] == (
        "- the fish market and the cold store;\n- Ropewalk Street, from the chapel to the quay."
    )
    assert paragraphs[6] == "| Survey | Estimate |\n| 2009 | £1.2m |\n| 2016 | £2.9m |"
    assert paragraphs[7] == "The money was always needed somewhere else."
    assert paragraphs[-1].endswith("the contract had been signed in January.")


@pytest.mark.parametrize(
    "furniture",
    [
        "Comments are closed",
        "Newsletter",
        "cookies",
        "Related",
        "coast road",
        "Weather",
        "tracker",
        "Privacy",
        "2024 The Tarnford",
        "<",
    ],
)
def test_a_page_leaves_no_furniture_in_the_text(furniture: str) -> None:
    (article,) = read_file("harbour-flood.html").articles
    assert furniture not in article.text


def test_lists_lines_and_quotes_in_a_page_keep_every_word_once() -> None:
    sentence = "<p>The ferry sank off the point at dawn, the harbour master said on Monday.</p>"
    page = (
        f"<html><body><article>{sentence * 4}<ul><li>One <b>bold</b><ul><li>inner</li></ul></li>"
        f"<li>Two</li></ul><p>First line<br>second line of the notice.</p>"
        f"<blockquote><p>Never again.</p><p>Ever.</p></blockquote>{sentence}"
        "</article></body></html>"
    )
    text = only(page, ".html").text
    assert "\n\n- One bold\n  - inner\n- Two\n\n" in text
    assert "First line\nsecond line of the notice." in text
    assert "\n\nNever again.\n\nEver.\n\n" in text


@pytest.mark.parametrize(
    "declaration",
    [
        '<meta charset="iso-8859-2">',
        "<?xml version='1.0' encoding='iso-8859-2'?>",
        '<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-2">',
    ],
)
def test_a_page_is_read_in_the_encoding_it_declares(declaration: str) -> None:
    words = "The composer Jiří Dvořák denied it at a news conference in the capital."
    page = f"<html><head>{declaration}</head><body><p>{words}</p></body></html>"
    assert only(page.encode("iso-8859-2"), ".html").text == words


@pytest.mark.parametrize("codec", ["unicode_escape", "rot13", "no-such", "utf-16", "idna", "\x7f"])
def test_a_declared_encoding_that_is_none_is_not_used(codec: str) -> None:
    assert decode(WORDS.encode("cp1252"), "a.html", declared=codec) == WORDS


@pytest.mark.parametrize("page", EMPTY_PAGES)
def test_a_page_without_an_article_is_reported(page: str) -> None:
    with pytest.raises(UnreadableSource, match="no article was found"):
        only(page, ".html")


def test_a_page_that_cannot_be_read_writes_nothing_to_the_terminal() -> None:
    script = (
        "from ingest.errors import UnreadableSource\n"
        "from ingest.formats import read_articles\n"
        f"for page in {EMPTY_PAGES!r}:\n"
        "    try: read_articles(page.encode(), 'a.html', '.html')\n"
        "    except UnreadableSource: pass\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, cwd=ROOT, check=True)
    assert (run.stdout, run.stderr) == (b"", b"")


@pytest.mark.parametrize(
    ("head", "below", "published"),
    [
        ("<meta name='DC.date' content='6 October 2021'>", "", "2021-10-06"),
        ("<meta property='og:updated_time' content='2021-10-06'>", "", None),
        ("<meta property='article:modified_time' content='2021-10-06'>", "", None),
        ("<meta name='date' content='01/02/2021'>", "", None),
        (
            "<script type='application/ld+json'>{'@graph': [{'image': {'datePublished': "
            "'2001-01-01'}}, {'datePublished': '2021-10-06T10:00Z'}]}</script>",
            "",
            "2021-10-06T10:00:00+00:00",
        ),
        ("<script type='application/ld+json'>{damaged</script>", "", None),
        ("", "<time class='entry-date published' datetime='2021-10-06'>", "2021-10-06"),
        ("", "<time class='unpublished updated' datetime='2021-10-06'>", None),
        ("<link rel='canonical' href='https://a.example/2021/10/06/x'>", "", "2021-10-06"),
        ("", "<p>It was built on 3 May 2011 and sold on 01/02/2015. © 2019 Wire</p>", None),
    ],
)
def test_a_page_is_dated_only_where_it_says_when_it_was_published(
    head: str, below: str, published: str | None
) -> None:
    if "ld+json" in head:
        start = head.index(">") + 1
        head = head[:start] + head[start:].replace("'", '"')
    sentence = "<p>The ferry sank off the point at dawn, the harbour master said on Monday.</p>"
    page = f"<html><head>{head}</head><body>{sentence * 5}{below}</body></html>"
    assert only(page, ".html").published == published


def test_a_short_page_ends_with_its_article() -> None:
    page = (
        "<html><body><p>The ferry sank at dawn.</p><p>Nobody was hurt.</p>"
        "<p>Comments are closed.</p><p>Subscribe to Newsletter</p></body></html>"
    )
    assert only(page, ".html").text == "The ferry sank at dawn.\n\nNobody was hurt."


def test_reading_a_page_never_uses_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert len(read_file("harbour-flood.html").articles) == 1


# JSON and JSON Lines


def test_a_line_that_cannot_be_read_is_reported_by_number_and_the_rest_goes_on() -> None:
    reading = read_file("harbour-wire.jsonl")
    assert [(article.source, article.text) for article in reading.articles] == [
        (
            "/news/harbour-wire.jsonl#hw-1",
            "The crew of the island ferry will vote on Friday.\n\nThe owners declined to comment.",
        ),
        ("https://wire.example/4", "First paragraph.\n\nSecond paragraph."),
        ("/news/harbour-wire.jsonl#8", "No id at all, so the line counts."),
    ]
    assert [problem.message for problem in reading.problems] == [
        "'/news/harbour-wire.jsonl', line 2, cannot be read: it is not JSON: "
        "Unterminated string starting at.",
        "'/news/harbour-wire.jsonl', line 4, cannot be read: none of its fields text, body, "
        "content, article, contents, passage holds text.",
        "'/news/harbour-wire.jsonl', line 5, cannot be read: '/news/harbour-wire.jsonl#hw-1' is "
        "the article of line 1 already.",
        "'/news/harbour-wire.jsonl', line 7, cannot be read: it is not an object with named "
        "fields.",
    ]
    assert all(problem.remedy for problem in reading.problems)


def test_the_field_names_of_data_sets_are_understood() -> None:
    article = read_file("harbour-wire.jsonl").articles[0]
    assert article.title == "Ferry crew to vote on strike"
    assert article.author == "Jo Castell"
    assert article.outlet == "Harbour Wire"
    assert article.published == "2024-05-14T07:05:00+00:00"
    assert article.language == "en"


@pytest.mark.parametrize(
    ("record", "source", "outlet", "url"),
    [
        ({"source": "AP"}, "/news/a.json", "AP", None),
        ({"source": {"id": "ap", "name": "AP"}}, "/news/a.json", "AP", None),
        ({"source": "/n/1.txt"}, "/n/1.txt", None, None),
        ({"source": "https://a.example/1"}, "https://a.example/1", None, "https://a.example/1"),
        (
            {"link": "https://a.example/1", "id": 4},
            "https://a.example/1",
            None,
            "https://a.example/1",
        ),
        ({"url": "javascript:alert(1)", "id": 4}, "/news/a.json#4", None, None),
    ],
)
def test_a_source_field_is_an_address_or_an_outlet(
    record: dict[str, object], source: str, outlet: str | None, url: str | None
) -> None:
    article = only(json.dumps({**record, "text": "It sank."}), ".json")
    assert (article.source, article.outlet, article.url) == (source, outlet, url)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda records: json.dumps(records),
        lambda records: json.dumps({"status": "ok", "articles": records}, indent=2),
        lambda records: "\n".join(map(json.dumps, records)),
    ],
    ids=["a list", "an object that holds the list", "lines under a wrong name"],
)
def test_a_json_file_gives_all_its_articles(wrap: Callable[[list[object]], str]) -> None:
    records: list[object] = [{"id": n, "text": f"Sentence {n}.\u2028"} for n in (1, 2, 3)]
    reading = read_articles(wrap(records).encode(), "/a.json", ".json")
    assert [article.source for article in reading.articles] == [
        "/a.json#1",
        "/a.json#2",
        "/a.json#3",
    ]
    assert reading.problems == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[{"text": "It sank."},\n {"text": ', "not JSON: line 2"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "holds no article"),
        ('{"text": ' + "9" * 5000 + "}", "digits"),
    ],
)
def test_a_damaged_json_file_is_reported(text: str, reason: str) -> None:
    with pytest.raises(UnreadableSource, match=reason):
        read_articles(text.encode(), "/a.json", ".json")


def test_a_line_separator_inside_a_record_does_not_end_its_line() -> None:
    line = json.dumps({"id": "1", "text": "It sank.\u2028At dawn.\u0085"}, ensure_ascii=False)
    assert only(line + "\r\n", ".jsonl").text == "It sank.\nAt dawn."


def test_metadata_is_one_line_without_what_no_reader_sees() -> None:
    record = {"title": " Ferry\n sinks\x00 \ud83d", "id": "a\ud83db", "text": "It sank."}
    article = only(json.dumps(record), ".jsonl")
    assert (article.title, article.source) == ("Ferry sinks", "/news/a.jsonl#ab")


@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "file:///etc/passwd", "www.a.example", "https://a b", "", 7]
)
def test_only_web_addresses_become_urls(value: object) -> None:
    assert web_address(value) is None
