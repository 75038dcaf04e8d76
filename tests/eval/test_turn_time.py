"""What a conversation adds to the time of an answer: both sides are asked the same question."""

from __future__ import annotations

from collections.abc import Sequence

from eval.system import Overheard
from eval.turn_time import differences
from rag import Assistant
from rag.answer import Evidence
from rag.retrieve import Hit


class Noting(Overheard):
    """A reader that keeps the questions it was asked."""

    def read(
        self, question: str, hits: Sequence[Hit], *, typed: str | None = None
    ) -> list[Evidence]:
        asked.append(question)
        return super().read(question, hits)


asked: list[str] = []


def test_both_sides_read_for_the_same_question(assistant: Assistant) -> None:
    assistant.reader = Noting(assistant.reader)
    added = differences(assistant, ("Who designed the Tarn bridge?",), "What did he say?")
    assert len(added) == 3
    assert asked[1:] == ["What did Pavel Orlik say?"] * 6
