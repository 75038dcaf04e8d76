"""HTML of answers and articles: exact words, and never any markup of an article's own."""

from __future__ import annotations

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.article import Article, Span
from rag.answer import ABSTENTION, Answer, AnswerSentence, Citation
from rag.render_html import (
    answer_html,
    article_html,
    day,
    link_to,
    sentence_html,
    words,
)

HOSTILE = (
    "<script>window.pwned = 1</script>",
    '"><img src=x onerror=alert(1)>',
    "</p></bdi></div></textarea></title><svg onload=alert(1)>",
    "[x](javascript:alert(1)) ![](http://198.51.100.7/leak.png)",
    "<style>body { display: none }</style>&lt;b&gt;",
    "${alert(1)} {{alert(1)}}",
    "\u202etxt.exe\u2066 [1]",
)
OURS = {"div", "p", "bdi", "span", "mark", "q", "strong", "details", "summary", "ol", "li", "a"}
TEXTS = st.text(
    st.one_of(
        st.sampled_from("ab .\n#*_<>&\"'🙂\u202e\u2066\u202c👨\u200d👩é"),
        st.characters(codec="utf-8"),
    ),
    min_size=1,
    max_size=120,
)


def parsed(html: str) -> lxml.html.HtmlElement:
    return lxml.html.fragment_fromstring(html, create_parent="div")


def article(text: str) -> Article | None:
    try:
        return Article("/a.txt", text)
    except Exception:
        return None


def said(text: str, stance: str = "answer", number: int = 1) -> AnswerSentence:
    source = Article("/a.txt", text, title=text, outlet=text, author=text, published="2023-05-10")
    citation = Citation(number, source, 0, len(source.text), source.text)
    return AnswerSentence(source.text, "quote", (citation,), stance)  # type: ignore[arg-type]


def chip(citation: Citation) -> str:
    return f'<a href="#source-{citation.number}">[{citation.number}]</a>'


@given(TEXTS, st.data())
def test_an_article_as_html_has_exactly_its_words_and_so_has_each_mark(
    text: str, data: st.DataObject
) -> None:
    found = article(text)
    if found is None:
        return
    cuts = sorted(data.draw(st.sets(st.integers(0, len(found.text)), max_size=4)))
    marks = [Span(*pair) for pair in zip(cuts[::2], cuts[1::2], strict=False)]
    page = parsed(article_html(found, marks))
    assert page.text_content() == found.text
    for number, mark in enumerate(marks):
        pieces = page.xpath(f'.//mark[@data-mark="{number}"]')
        assert "".join(piece.text_content() for piece in pieces) == mark.of(found.text)
    assert {element.tag for element in page.iter()} <= OURS


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_an_article_says_becomes_an_element_or_a_link(text: str) -> None:
    answer = Answer("Who?", (said(text), said(text, "dispute", 2)), 0.9, text)
    for html in (answer_html(answer, chip), words(text)):
        page = parsed(html)
        assert {element.tag for element in page.iter()} <= OURS
        for element in page.iter():
            assert not [name for name in element.attrib if name.startswith("on")]
            assert (element.get("href") or "#").startswith("#")
    assert parsed(words(text)).text_content() == text


def test_a_character_that_turns_the_direction_is_boxed_in_and_marked() -> None:
    page = parsed(words("a\u202eb"))
    (box,) = page.xpath('.//bdi[@class="steering"]')
    assert (box.text, box.tail, box.get("title")) == ("\u202e", "b", "U+202E")


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://a.example/x?y=1", "https://a.example/x?y=1#:~:text=a%20%2D%20b%2C%20c"),
        ("https://a.example/x#part", "https://a.example/x#part:~:text=a%20%2D%20b%2C%20c"),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt:alert(1)//http://a.example", None),
        ("data:text/html,<script>", None),
        ("java\nscript:alert(1)", None),
        ("//a.example/x", None),
        ("/etc/passwd", None),
        ("https://good.example@evil.example/", None),
        ("https://[bad/", None),
        ("https:\\\\a.example", None),
        (None, None),
    ],
)
def test_only_an_address_of_a_web_page_becomes_a_link(url: str | None, link: str | None) -> None:
    assert link_to(url, "a - b, c") == link


def test_a_long_quote_is_found_by_its_first_and_last_words() -> None:
    quote = " ".join(f"w{n}" for n in range(20))
    link = link_to("https://a.example/", quote)
    assert link == "https://a.example/#:~:text=w0%20w1%20w2%20w3%20w4,w15%20w16%20w17%20w18%20w19"


def test_markdowns_signs_are_set_apart_and_stay_in_the_text() -> None:
    text = "## In **three cities** at once\n\nTwo ** three ** and a**b**c, and **no end."
    page = parsed(article_html(Article("/a.md", text), [Span(10, 17)]))
    assert page.text_content() == text
    assert [sign.text for sign in page.find_class("markup")] == ["## ", "**", "**", "**", "**"]
    assert [words.text_content() for words in page.iter("strong")] == ["th", "ree cit", "ies", "b"]


def test_of_a_quote_markdowns_signs_are_unseen_and_stay_in_the_text() -> None:
    quote = "- **Monday:** It [sank](https://a.example)."
    page = parsed(answer_html(Answer("When?", (said(quote),), 0.9), chip))
    (shown,) = page.iter("q")
    assert shown.text_content() == quote
    signs = [sign.text for sign in page.find_class("markup")]
    assert signs == ["- ", "**", "**", "[", "](https://a.example)"]


def test_the_short_answer_comes_first_and_a_dispute_is_a_second_voice() -> None:
    sentences = (said("It was the Front."), said("The Front denied it.", "dispute", 2))
    page = parsed(answer_html(Answer("Who?", sentences, 0.9, "the Front"), chip))
    assert page[0].get("class") == "short"
    assert page[0][0].tag == "strong"
    (dispute,) = page.find_class("dispute")
    assert dispute.find_class("voice")[0].text == "Disputed"
    assert "The Front denied it." in dispute.text_content()


def test_an_abstention_folds_the_closest_passages() -> None:
    silence = (AnswerSentence(ABSTENTION, "abstention"),)
    page = parsed(answer_html(Answer("Who?", silence, 0.1, closest=said("Near.").citations), chip))
    assert page.find_class("silence")[0].text == ABSTENTION
    (fold,) = page.xpath(".//details")
    assert fold.get("open") is None
    assert "Near." in fold.text_content()


@pytest.mark.parametrize(
    ("published", "shown"),
    [("2021-10-08T10:00", "8 October 2021"), ("2021-10", "2021-10"), (None, ""), ("x", "x")],
)
def test_a_date_is_shown_as_a_reader_writes_it(published: str | None, shown: str) -> None:
    assert day(published) == shown


def test_an_article_without_a_title_is_called_by_the_end_of_its_source() -> None:
    velm = Article("/press/velm.md", "The mine burned.")
    assert velm.name == "velm.md"
    quote = AnswerSentence("The mine", "quote", (Citation(1, velm, 0, 8, "The mine"),))
    assert '<p class="from"><bdi>velm.md</bdi></p>' in sentence_html(quote, chip)
