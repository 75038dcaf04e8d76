"""Saved web pages: the article, its words and its date, without the page around it."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from ingest.errors import UnreadableSource
from ingest.formats.decode import decode
from tests.ingest.reading import ROOT, WORDS, only, read_file

EMPTY_PAGES = [
    "<html></html>",
    "<html><body></body></html>",
    "<html><body><nav><a href='/'>Home</a> <a href='/s'>Sport</a></nav></body></html>",
    "<html><head><title>Gone</title><script>var words = 1;</script></head></html>",
]


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
