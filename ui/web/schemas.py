"""What requests to the API may hold, as the OpenAPI document shows it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ingest.filter import Filter
from rag.assistant import MOST_QUESTION_CHARACTERS

Text = Annotated[str, Field(max_length=1000)]
Question = Annotated[str, Field(max_length=MOST_QUESTION_CHARACTERS)]


class Where(BaseModel):
    """Which articles may answer. Dates are 2021-10-06, 2021-10 or 2021, and inclusive."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")

    source: Text | None = None
    """A part of source or URL, or the outlet's name."""
    author: Text | None = None
    """A part of the author's name."""
    published_from: Annotated[Text | None, Field(alias="from")] = None
    """On this date or later."""
    published_to: Annotated[Text | None, Field(alias="to")] = None
    """On this date or earlier."""
    articles: Annotated[list[Text], Field(max_length=1000)] = []
    """Ids of articles."""

    def filter(self) -> Filter:
        """The filter. Raises QuestionError for what is no date."""
        return Filter(**{**self.model_dump(), "articles": tuple(self.articles)})


_EVERYWHERE = Where.model_validate({})


class Ask(BaseModel):
    """A question, and where the answer may come from."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")

    question: Question
    where: Where = _EVERYWHERE
    history: Annotated[list[tuple[Question, str]], Field(max_length=100)] = []
    """Earlier questions with their answers, oldest first."""


class Part(BaseModel):
    """A part of a message; only text is read."""

    type: str
    text: str = ""


class Message(BaseModel):
    """A message of a chat."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """Its words."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class StreamOptions(BaseModel):
    """As OpenAI defines it."""

    include_usage: bool | None = False


class ChatRequest(BaseModel):
    """A chat, as OpenAI defines it. What is not named here (temperature, max_tokens, tools ...) is
    accepted and changes nothing: the words are those of the articles."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="allow")

    model: str
    messages: list[Message] = Field(min_length=1, max_length=1000)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = 1
    groundwire: Where = _EVERYWHERE
    """Which articles may answer."""

    def question(self) -> str:
        """The last message, if a user says it; else ""."""
        return self.messages[-1].text if self.messages[-1].role == "user" else ""

    def history(self) -> list[tuple[str, str]]:
        """The questions before it with the answers that follow them."""
        turns: list[tuple[str, str]] = []
        asked: str | None = None
        for message in self.messages[:-1]:
            if message.role == "user":
                asked = message.text
            elif message.role == "assistant" and asked is not None:
                turns.append((asked, message.text))
                asked = None
        return turns


JsonObject = dict[str, Any]
