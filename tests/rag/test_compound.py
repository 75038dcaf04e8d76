"""A question that asks several things: each is asked, each is answered or said not to be."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.answer import Evidence, abstention_of
from rag.assistant import Assistant
from rag.compound import parts, surest, understand_part
from rag.retrieve import Background, Hit
from rag.turns import Exchange
from tests.conftest import article
from tests.language_models import QueuedLLM
from tests.rag.test_extract import evidence


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        (
            "Who claimed the attack, and what does the Taliban say about it?",
            ("Who claimed the attack?", "What does the Taliban say about it?"),
        ),
        ("When and where was he killed?", ("When was he killed?", "Where was he killed?")),
        (
            "When and where was the fire, and who was hurt?",
            ("When was the fire?", "Where was the fire?", "Who was hurt?"),
        ),
        ("who won and who lost", ("Who won?", "Who lost?")),
        ("What happened and why?", ("What happened?", "Why?")),
        ("Who made it, and who owns it?", ("Who made it?", "Who owns it?")),
        (
            "How many were moved out, and by how much did the river rise?",
            ("How many were moved out?", "By how much did the river rise?"),
        ),
        (
            "Was the door open and were the guards asleep?",
            ("Was the door open?", "Were the guards asleep?"),
        ),
        (
            'The staff wrote "no change". What does she make of that, and does the board agree?',
            ('The staff wrote "no change". What does she make of that?', "Does the board agree?"),
        ),
        (
            "Who owns the tree? And what does the canal authority say?",
            ("Who owns the tree?", "And what does the canal authority say?"),
        ),
    ],
)
def test_what_is_asked_at_once(question: str, asked: tuple[str, ...]) -> None:
    assert parts(question) == asked


@pytest.mark.parametrize(
    "question",
    [
        "Who claimed the Jalalabad attacks?",
        "Does the report say who did it and how they escaped?",
        "Who said what was taken and who was hurt?",
        "Who said when and where the attack happened?",
        "Which groups and parties signed?",
        "What did he say and do?",
        "Who lived in the cave and was his friend?",
        "When the key was tried, did it fit?",
        "Who built the clock? I hear the experts disagree.",
        "Do you sell my data? If yes, to whom?",
        "Who attacked whom, when and where?",
        "Where was the branch, and the wire?",
        "",
        "?",
        "what is a ; a and who is b " * 500,
    ],
)
def test_what_asks_one_thing(question: str) -> None:
    assert parts(question) == (question,)


def test_each_part_is_answered_from_its_own_passages(assistant: Assistant) -> None:
    both = assistant.ask("Who designed the Tarn bridge, and who shelled the copper mine at Velm?")
    designer = assistant.ask("Who designed the Tarn bridge?")
    told = [sentence.text for sentence in both.sentences]
    assert told[: len(designer.sentences)] == [sentence.text for sentence in designer.sentences]
    assert any("North Ridge Front" in text for text in told)
    assert [c.number for c in both.citations] == list(range(1, len(both.citations) + 1))
    assert all(c.article.text[c.start : c.end] == c.quote for c in both.citations)
    assert both.short == designer.short
    assert both.timings_ms["total"] >= both.timings_ms["read"] > 0


def test_a_part_may_lean_on_the_one_before(assistant: Assistant) -> None:
    both = assistant.ask("Who designed the Tarn bridge, and how much did it cost?")
    cost = assistant.ask("How much did the Tarn bridge cost?")
    assert {c.quote for c in cost.citations} <= {c.quote for c in both.citations}


def test_it_says_which_part_the_articles_do_not_answer(assistant: Assistant) -> None:
    answer = assistant.ask("Who designed the Tarn bridge, and what is the population of Lisbon?")
    *told, last = answer.sentences
    assert answer.answered
    assert all(sentence.citations for sentence in told)
    assert last.kind == "abstention"
    assert last.text == abstention_of("What is the population of Lisbon?")
    named = assistant.ask(
        "Who designed the Tarn bridge, and what did Dr. Reed eat at 8 p.m. there?"
    )
    assert named.sentences[-1].text == abstention_of("What did Dr. Reed eat at 8 p.m. there?")


def test_a_part_is_searched_for_with_what_is_spoken_of_before_it() -> None:
    talk = Background(words=(("Kunar", 0.1),), articles=("older",))
    earlier = [Exchange("Who designed the Tarn bridge?", "Pavel Orlik.", articles=("bridge",))]
    understood = understand_part("What did it cost?", "what did it cost", earlier, talk)
    assert "Tarn bridge" in understood.question
    background = understood.background
    assert [text for text, _ in background.words] == ["Who designed the Tarn bridge?", "Kunar"]
    assert background.articles == ("bridge", "older")
    assert background.typed == "what did it cost"


class ReaderOfTwo:
    """A reader that is sure of who designed something, and half as sure of all else."""

    name = "two"
    threshold = 0.5

    def read(
        self, question: str, hits: Sequence[Hit], *, typed: str | None = None
    ) -> list[Evidence]:
        sure = 0.9 if "design" in question else 0.4
        return [Evidence(h.article, h.passage.sentences[0], sure, sure) for h in hits[:1]]


def test_a_model_is_given_nothing_of_a_part_without_an_answer(assistant: Assistant) -> None:
    llm = QueuedLLM(replies=["It is so. [1]"])
    asked = "Who designed the Tarn bridge, and who shelled the copper mine at Velm?"
    answer = Assistant(assistant.library, reader=ReaderOfTwo(), llm=llm).ask(asked)
    assert answer.sentences[-1].kind == "abstention"
    _, user = llm.asked[0]
    assert "North Ridge" not in (user.content or "").replace(asked, "")


def test_a_sentence_that_answers_two_parts_is_shown_once(assistant: Assistant) -> None:
    answer = Assistant(assistant.library, reader=ReaderOfTwo()).ask(
        "Who designed the Tarn bridge, and when was the Tarn bridge designed?"
    )
    assert len({sentence.text for sentence in answer.sentences}) == len(answer.sentences) == 1


def test_a_sentence_that_two_parts_find_is_evidence_once() -> None:
    text = "The engineer Pavel Orlik designed the Tarn bridge. It opened in 2022."
    of_both = [
        evidence(article("bridge", text), "It opened in 2022.", confidence)
        for confidence in (0.4, 0.9)
    ]
    (found,) = surest(of_both)
    assert found.confidence == 0.9


def test_the_first_short_answer_is_kept_behind_a_part_without_one(assistant: Assistant) -> None:
    asked = "What is the population of Lisbon, and who designed the Tarn bridge?"
    plain = assistant.ask(asked)
    worded = Assistant(assistant.library, llm=QueuedLLM(replies=[""])).ask(asked)
    assert worded.short == plain.short is not None
    assert plain.sentences[0].kind == "abstention"


def test_it_is_silent_where_no_part_is_answered(assistant: Assistant) -> None:
    answer = assistant.ask("Who rules Peru, and what is the population of Lisbon?")
    assert not answer.answered
    assert answer.closest
    spent = answer.timings_ms
    assert spent["total"] >= spent["retrieve"] + spent["read"] > 0


def test_a_language_model_words_the_answered_parts_alone(assistant: Assistant) -> None:
    designer = assistant.ask("Who designed the Tarn bridge?").sentences[0].text
    llm = QueuedLLM(replies=[f"{designer} [1]"])
    answer = Assistant(assistant.library, llm=llm).ask(
        "Who designed the Tarn bridge, and what is the population of Lisbon?"
    )
    assert answer.sentences[0].text == designer
    assert answer.sentences[-1].text == abstention_of("What is the population of Lisbon?")
