"""Language models for tests: a real LlamaIndex LLM that says what is queued and keeps what it was
asked, and one that obeys whatever it reads."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from llama_index.core.llms import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    CustomLLM,
    LLMMetadata,
)
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from pydantic import Field, PrivateAttr

Reply = str | Exception | Callable[[str], str]
"""What a model says, or raises, or makes of the last message."""


class QueuedLLM(CustomLLM):
    """Gives the queued replies one after the other, in small pieces, and remembers what it was
    asked. With `endless` the last reply is given to every further request."""

    replies: list[Any] = Field(default_factory=list)
    endless: bool = False
    context_window: int = 3900
    piece: int = 5

    _asked: list[list[ChatMessage]] = PrivateAttr(default_factory=list)
    _options: list[dict[str, Any]] = PrivateAttr(default_factory=list)
    _drawn: list[str] = PrivateAttr(default_factory=list)

    @property
    def asked(self) -> list[list[ChatMessage]]:
        """The messages of every request."""
        return self._asked

    @property
    def drawn(self) -> list[str]:
        """The pieces that were read."""
        return self._drawn

    @property
    def prompts(self) -> list[str]:
        """What a user asked, of every request."""
        return [messages[-1].content or "" for messages in self._asked]

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(
            model_name="queue", is_chat_model=True, context_window=self.context_window
        )

    def _pieces(self, messages: Sequence[ChatMessage], options: dict[str, Any]) -> Iterator[str]:
        self._asked.append(list(messages))
        self._options.append(options)
        if not self.replies:
            raise AssertionError(f"The model was asked more than expected: {self.prompts[-1]}")
        reply = self.replies[0] if self.endless and len(self.replies) == 1 else self.replies.pop(0)
        if callable(reply):
            reply = reply(self.prompts[-1])
        if isinstance(reply, Exception):
            raise reply
        for start in range(0, len(reply), self.piece):
            self._drawn.append(reply[start : start + self.piece])
            yield self._drawn[-1]

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        said = "".join(self._pieces(messages, kwargs))
        return ChatResponse(message=ChatMessage(said, role="assistant"))

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        return self._stream(messages, kwargs)

    def _stream(self, messages: Sequence[ChatMessage], options: dict[str, Any]) -> ChatResponseGen:
        said = ""
        for piece in self._pieces(messages, options):
            said += piece
            yield ChatResponse(message=ChatMessage(said, role="assistant"), delta=piece)

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text="".join(self._pieces([ChatMessage(prompt)], kwargs)))

    @llm_completion_callback()
    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseGen:
        said = ""
        for piece in self._pieces([ChatMessage(prompt)], kwargs):
            said += piece
            yield CompletionResponse(text=said, delta=piece)


def evidence_in(prompt: str) -> dict[int, str]:
    """The numbered evidence of a prompt."""
    return {int(n): text for n, text in re.findall(r"^\[(\d+)\] (.*)$", prompt, re.MULTILINE)}


def as_json(*sentences: tuple[str, list[int]]) -> str:
    """Sentences in the form that a constrained model writes."""
    return json.dumps({"sentences": [{"evidence": n, "text": text} for text, n in sentences]})


def parrot(prompt: str) -> str:
    """Every evidence sentence word for word, cited as it should be."""
    return "\n".join(f"{text} [{n}]" for n, text in evidence_in(prompt).items())
