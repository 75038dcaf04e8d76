"""Questions that ask for an account: sentences that speak of the topic, or none."""

from __future__ import annotations

import pytest

from rag.account import account, topic_of
from rag.assistant import Assistant
from tests.rag.test_blend import hit


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("What happened in Kunar?", "Kunar"),
        ("what's going on with the Tarn bridge", "the Tarn bridge"),
        ("Tell me more about the harvest.", "the harvest"),
        ("Please give us an overview of the strike", "the strike"),
        ("Describe the leak", "the leak"),
        ("Who happened to be in Kunar?", None),
        ("What is the Tarn bridge?", None),
        ("What happened?", None),
    ],
)
def test_what_asks_for_an_account(question: str, topic: str | None) -> None:
    assert topic_of(question) == topic


def test_an_account_is_of_sentences_that_have_the_whole_topic() -> None:
    text = (
        "# The Tarn bridge opens at last\\nThe Tarn bridge opened on Friday after four years."
        " The bridge is long. Tarn bridge: yes. The Tarn bridge cost 310 million crowns."
    ).replace("\\n", "\n")
    evidence = account("the Tarn bridge", [hit("bridge", text)])
    assert {item.quote for item in evidence} == {
        "The Tarn bridge opened on Friday after four years.",
        "The Tarn bridge cost 310 million crowns.",
    }
    assert account("the queen of Peru", [hit("bridge", text)]) == []
    assert account("it", [hit("bridge", text)]) == []


def test_it_is_given_where_no_words_answer_and_only_of_what_the_articles_speak_of(
    assistant: Assistant,
) -> None:
    careful = Assistant(assistant.library, threshold=1.0)
    told = careful.ask("What happened at the Tarn bridge?")
    assert told.answered
    assert all("Tarn bridge" in sentence.text for sentence in told.sentences)
    assert all(c.article.text[c.start : c.end] == c.quote for c in told.citations)
    assert not careful.ask("What happened in Lisbon?").answered
    assert not careful.ask("Who designed the Tarn bridge?").answered
