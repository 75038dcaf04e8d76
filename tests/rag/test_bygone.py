"""Former holders of an office are no answer to who holds it now."""

from __future__ import annotations

from time import perf_counter

import pytest

from ingest.article import Span
from rag.bygone import is_bygone

NOW = "Who is the current mayor of Millbrook?"


@pytest.mark.parametrize(
    ("question", "sentence", "answer", "bygone"),
    [
        (NOW, "Ann Reed – the former mayor of Millbrook – was there.", "Ann Reed", True),
        (NOW, "Ann Reed, who was then mayor, opened the bridge.", "Ann Reed", True),
        (NOW, "The ex-mayor of Millbrook, Ann Reed, was there.", "Ann Reed", True),
        ("Who leads the council now?", "Former council leader Ann Reed left.", "Ann Reed", True),
        (NOW, "The mayor, Ann Reed, was there.", "Ann Reed", False),
        (NOW, "Ann Reed, a former teacher, is mayor of Millbrook.", "Ann Reed", False),
        (NOW, "Ann Reed succeeds the former mayor Tom Hale.", "Ann Reed", False),
        (NOW, "Ann Reed succeeds the former mayor Tom Hale.", "Tom Hale", True),
        ("Who was the mayor?", "Ann Reed, the former mayor, was there.", "Ann Reed", False),
        ("Where is the former mayor now?", "The ex-mayor lives in Rome.", "Rome", False),
    ],
)
def test_what_is_called_former_in_the_thing_asked_for_is_bygone(
    question: str, sentence: str, answer: str, bygone: bool
) -> None:
    text = f"It rained. {sentence}"
    at = text.index(answer)
    whole = Span(text.index(sentence), len(text))
    assert is_bygone(question, text, whole, Span(at, at + len(answer))) is bygone


def test_what_another_sentence_calls_former_is_left_alone() -> None:
    text = "She met Ann Reed. Former mayor Tom Hale came too."
    at = text.index("Ann Reed")
    assert not is_bygone(NOW, text, Span(0, 17), Span(at, at + 8))


@pytest.mark.parametrize(
    "hostile", ["-" * 2000, "’-" * 1000, "a-’" * 700 + " former " + "-" * 2000]
)
def test_a_text_of_dashes_is_judged_at_once(hostile: str) -> None:
    text = f"former {hostile} Ann Reed {hostile} former alias {hostile}x"
    at = text.index("Ann Reed")
    start = perf_counter()
    is_bygone(NOW, text, Span(0, len(text)), Span(at, at + 8))
    assert perf_counter() - start < 0.5
