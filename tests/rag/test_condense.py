"""A language model's stand-alone question is used only if it brings nothing in."""

from __future__ import annotations

import time

import pytest
from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata
from llama_index.core.llms.callbacks import llm_completion_callback
from pydantic import Field

from rag import Assistant
from rag.condense import Condenser, is_faithful
from rag.turns import Exchange

EARLIER = [Exchange("Who shelled the mine at Velm?", "The North Ridge Front killed 14 miners.")]


class Scripted(CustomLLM):
    """Says what it was given; waits, or fails, first."""

    says: str = ""
    waits_s: float = 0.0
    fails: bool = False
    prompts: list[str] = Field(default_factory=list)

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata()

    @llm_completion_callback()
    def complete(
        self, prompt: str, formatted: bool = False, **kwargs: object
    ) -> CompletionResponse:
        self.prompts.append(prompt)
        time.sleep(self.waits_s)
        if self.fails:
            raise ConnectionError("no answer")
        return CompletionResponse(text=self.says)

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: object):  # type: ignore[no-untyped-def]
        raise NotImplementedError


def test_a_faithful_question_is_used() -> None:
    model = Scripted(says='Question: "When did the North Ridge Front shell the mine at Velm?"\n')
    found = Condenser(model)("When was that?", EARLIER)
    assert found == "When did the North Ridge Front shell the mine at Velm?"
    assert "The North Ridge Front killed 14 miners." in model.prompts[-1]


def test_what_a_model_thinks_is_no_question() -> None:
    says = "<think>The user asks\nwhen.</think>\nWhen was the mine at Velm shelled?"
    found = Condenser(Scripted(says=says))("When was that?", EARLIER)
    assert found == "When was the mine at Velm shelled?"
    assert Condenser(Scripted(says=says[:20]))("When was that?", EARLIER) is None


@pytest.mark.parametrize(
    "says",
    [
        "When did the Velm Liberation Army shell the mine?",
        "When were 15 miners killed at Velm?",
        "Did Lena Marsh deny it?",
        "",
        "word " * 200,
        "I'm sorry, I cannot do that.",
        "What else would you like to know?",
        "The North Ridge Front shelled the mine at Velm.",
    ],
)
def test_what_brings_in_a_name_or_a_number_is_not(says: str) -> None:
    assert Condenser(Scripted(says=says))("When was that?", EARLIER) is None


def test_numbers_count_as_they_are_written() -> None:
    assert is_faithful("Who killed 14 miners?", ["14 died"])
    assert not is_faithful("Who killed fourteen miners?", ["nobody died"])


@pytest.mark.filterwarnings("default")
def test_a_model_that_fails_or_is_late_leaves_it_to_the_rules(assistant: Assistant) -> None:
    for model in (Scripted(fails=True), Scripted(says="Who?", waits_s=0.5)):
        condenser = Condenser(model, timeout_s=0.1)
        assert condenser("When was that?", EARLIER) is None
        conversation = assistant.conversation(condenser=condenser)
        conversation.ask("Who designed the Tarn bridge?")
        started = time.perf_counter()
        asked = conversation.understand("What did he say?")
        assert "Pavel Orlik" in asked.question
        assert time.perf_counter() - started < 0.4
