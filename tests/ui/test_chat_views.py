"""What the chat is made of, without a browser: transcripts, lists, questions to begin with."""

from __future__ import annotations

from dataclasses import replace

import lxml.html

from ingest.article import Article
from ingest.errors import UnreadableSource
from ingest.pipeline import Report
from rag.answer import Answer, AnswerSentence, Citation
from rag.turns import Turn
from ui.chat.lists import conversations_html, outcome_html
from ui.chat.suggest import candidates
from ui.chat.transcript import Chat, Pending, transcript_html

EVIL = '"><script>window.pwned = 1</script><img src=x onerror=alert(1)>'


def turn(words: str) -> Turn:
    article = Article("/a.txt", words, title=words, outlet=words)
    citation = Citation(1, article, 0, len(article.text), article.text)
    sentence = AnswerSentence(article.text, "quote", (citation,))
    return Turn(words, Answer(words, (sentence,), 0.9, words), "2024-01-01", words)


def tags(html: str) -> set[str]:
    return {str(e.tag) for e in lxml.html.fragment_fromstring(html, create_parent="div").iter()}


def test_no_words_of_a_conversation_become_markup() -> None:
    html = transcript_html(Chat("1", EVIL, {1: turn(EVIL)}, pending=Pending(EVIL, note=EVIL)))
    plain = transcript_html(Chat("1", "x", {1: turn("x")}, pending=Pending("x", note="x")))
    assert tags(html) == tags(plain)
    outcomes = [(EVIL, Report(added=[EVIL])), (EVIL, UnreadableSource(EVIL))]
    assert tags(outcome_html(outcomes)) <= {"div", "ul", "li", "bdi"}
    assert "<script" not in conversations_html([], EVIL)


def test_only_the_last_answer_can_be_asked_again() -> None:
    html = transcript_html(Chat("1", "t", {1: turn("one"), 2: turn("two")}))
    page = lxml.html.fragment_fromstring(html, create_parent="div")
    assert page.xpath('.//button[@data-do="again"]/@data-turn') == ["2"]


def test_what_a_language_model_wrote_is_said_with_what_became_of_the_rest() -> None:
    quoted = turn("one")
    assert "made" not in transcript_html(Chat("1", "t", {1: quoted}))
    (sentence,) = quoted.answer.sentences
    written = replace(
        quoted.answer,
        sentences=(replace(sentence, kind="generated"),),
        dropped=2,
        engine={"llm": EVIL},
        notice="The model gave up",
    )
    html = transcript_html(Chat("1", "t", {1: replace(quoted, answer=written)}))
    page = lxml.html.fragment_fromstring(html, create_parent="div")
    (made,) = page.find_class("made")
    assert made.text_content() == (
        f"Sentences in the words of {EVIL}, checked against what they cite: 1."
        " Left out, not supported or said already: 2.The model gave up."
    )


def test_questions_to_begin_with_are_about_different_people_and_events() -> None:
    text = "The Front claimed the bombing at Velm Airport. Lena Marsh denied it. {} said no more."
    articles = [Article(f"/{n}", text.format(name)) for n, name in enumerate(["Odd Berg", "Al Bo"])]
    assert list(candidates(articles)) == [
        "Who claimed the bombing at Velm Airport?",
        "What did Lena Marsh deny?",
        "What did Odd Berg say?",
        "What did Al Bo say?",
    ]
