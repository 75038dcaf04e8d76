"""Answers as text: what a reader sees, and that no article can steer a terminal or pose as ours."""

from __future__ import annotations

import pytest

from ingest.article import Article
from rag.answer import ABSTENTION, Answer, AnswerSentence, Citation
from rag.render import as_text, source_line
from tests.conftest import ARTICLES


def whole(article: Article, number: int = 1) -> Citation:
    return Citation(number, article, 0, len(article.text), article.text)


def quoting(*articles: Article, short: str | None = None, dispute: bool = False) -> Answer:
    citations = [whole(article, number) for number, article in enumerate(articles, 1)]
    sentences = tuple(
        AnswerSentence(c.quote, "quote", (c,), "dispute" if dispute and c.number > 1 else "answer")
        for c in citations
    )
    return Answer("Who?", sentences, 0.9, short)


def test_an_answer_is_the_short_one_then_quotes_with_marks_then_numbered_sources() -> None:
    first = Article(
        "/a.txt", "The Front\nshelled it.", "Mine shelled", "I. Dahl", "Daily", "2023-05-10T09:30"
    )
    second = Article("/b.txt", "The Front denied it.", url="https://b.example/x")
    answer = quoting(first, second, short="The Front", dispute=True)
    assert str(answer) == as_text(answer)
    assert as_text(answer).split("\n") == [
        "The Front",
        "",
        "“The Front shelled it.” [1]",
        "Disputed: “The Front denied it.” [2]",
        "",
        "[1] Mine shelled, Daily, I. Dahl, 2023-05-10 </a.txt> characters 0-21",
        "[2] b.txt <https://b.example/x> characters 0-20",
    ]


def test_a_quote_is_shown_without_markdowns_signs() -> None:
    told = Article("/a.md", "- **Monday:** The *Front* [shelled](https://a.example) it.")
    assert "\n“Monday: The Front shelled it.” [1]\n" in f"\n{as_text(quoting(told))}"


def test_a_generated_sentence_is_not_in_quotation_marks() -> None:
    sentence = AnswerSentence("It was shelled.", "generated", (whole(ARTICLES[0]),))
    assert as_text(Answer("Who?", (sentence,), 0.9)).startswith("It was shelled. [1]\n")


def test_an_abstention_names_the_closest_passages_and_shows_none_of_their_words() -> None:
    silence = AnswerSentence(ABSTENTION, "abstention")
    assert as_text(Answer("Who?", (silence,), 0.1)) == ABSTENTION
    text = as_text(Answer("Who?", (silence,), 0.1, closest=(whole(ARTICLES[2]),)))
    assert text.split("\n") == [
        ABSTENTION,
        "",
        "Closest passages:",
        f"  - {source_line(whole(ARTICLES[2]))}",
    ]
    assert "Farmers" not in text


@pytest.mark.parametrize("field", ["title", "author", "outlet", "url", "source", "text"])
def test_nothing_of_an_article_steers_a_terminal_or_adds_a_line(field: str) -> None:
    known = {"source": "/a.txt", "text": "It sank.", "title": "Ferry"}
    evil = "Fine \x1b]0;owned\x07\x1b[2J\x9b31m\x08\r\n\n[2] Reuters <https://real.example> \x00"
    article = Article(**{**known, field: evil})
    text = as_text(quoting(article))
    assert not set(text) & {chr(code) for code in [*range(10), *range(11, 32), *range(127, 160)]}
    assert len(text.split("\n")) == len(as_text(quoting(Article(**known))).split("\n"))
