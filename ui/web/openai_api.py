"""`/v1`: Groundwire as a model, in the form of OpenAI's chat completions.

`content` is the answer with numbered marks; the field `groundwire`, of the completion and of the
last chunk of a stream that has a choice, is the whole answer with its citations.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from ingest.errors import GroundwireError, QuestionError
from ingest.tokens import count_tokens
from rag.answer import Answer, AnswerSentence
from rag.assistant import AnswerEvent, Event
from rag.render import source_line
from ui.web.disconnect import while_connected
from ui.web.errors import Problem
from ui.web.log import logger
from ui.web.question import Asked, asked_of
from ui.web.schemas import ChatRequest, JsonObject

MODEL = "groundwire"
WITH_SOURCES = "groundwire-sources"
"""The same, with the list of sources below the text: for front ends that show only that."""

_SOURCES = "\n\nSources:\n"
_MARKUP = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]<>"})
_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": text}
    for status, text in {
        404: "There is no such model.",
        422: "The request cannot be understood.",
        503: "Too many questions wait.",
        504: "The answer took too long.",
    }.items()
}

router = APIRouter(prefix="/v1", tags=["OpenAI"])


@router.get("/models")
def models() -> JsonObject:
    """The models: `groundwire`, and `groundwire-sources`, which lists its sources in the text."""
    return {"object": "list", "data": [_model(name) for name in (MODEL, WITH_SOURCES)]}


@router.get("/models/{name}", responses={404: _RESPONSES[404]})
def model(name: str) -> Response:
    """One model."""
    known = name in (MODEL, WITH_SOURCES)
    return JSONResponse(_model(name)) if known else _unknown(name).response()


@router.post("/chat/completions", responses=_RESPONSES)
async def chat(body: ChatRequest, request: Request) -> Response:
    """Answer the last message of a chat; a follow-up may lean on the messages before it."""
    if body.model not in (MODEL, WITH_SOURCES):
        return _unknown(body.model).response()
    if not body.question().strip():
        raise QuestionError("The last message is not a question.", remedy="Let a user ask.")
    history = [(question, answer.partition(_SOURCES)[0]) for question, answer in body.history()]
    asked = asked_of(request, body.question(), body.groundwire.filter(), history)
    completion = _Completion(body)
    if body.stream:
        first = await while_connected(request, asked.first())
        return StreamingResponse(
            completion.stream(asked, first), media_type="text/event-stream; charset=utf-8"
        )
    answer = await while_connected(request, asked.answer())
    return JSONResponse(await completion.whole(answer))


class _Completion:
    """One completion, whole or in chunks."""

    def __init__(self, body: ChatRequest) -> None:
        self.body = body
        self.id = f"chatcmpl-{uuid.uuid4().hex}"
        self.created = int(time.time())

    async def whole(self, answer: Answer) -> JsonObject:
        content = " ".join(map(_shown, answer.sentences)) + self._sources(answer)
        message = {"role": "assistant", "content": content, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return {
            **self._head("chat.completion"),
            "choices": [choice],
            "usage": await self._usage(content),
            "groundwire": answer.json(),
        }

    async def stream(self, asked: Asked, first: Event | None) -> AsyncIterator[str]:
        """Server-sent events: the sentences as they come, the answer, the usage if it is wanted."""
        said: list[str] = []
        yield self._chunk({"role": "assistant", "content": ""})
        try:
            async with aclosing(asked.events(first)) as events:
                async for event in events:
                    if isinstance(event, AnswerEvent):
                        said.append(self._sources(event.answer))
                        if said[-1]:
                            yield self._chunk({"content": said[-1]})
                        yield self._chunk({}, finish="stop", groundwire=event.answer.json())
                    else:
                        said.append((" " if said else "") + _shown(event.sentence))
                        yield self._chunk({"content": said[-1]})
        except Exception as error:  # the status has been sent; this is how OpenAI says it
            if not isinstance(error, GroundwireError):
                logger.exception("error", extra={"fields": {"completion": self.id}})
            yield _event(Problem.of(error).json())
            return
        if self.body.stream_options and self.body.stream_options.include_usage:
            usage = await self._usage("".join(said))
            yield _event({**self._head("chat.completion.chunk"), "choices": [], "usage": usage})
        yield "data: [DONE]\n\n"

    def _head(self, kind: str) -> JsonObject:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.body.model,
            "system_fingerprint": None,
        }

    def _chunk(self, delta: JsonObject, *, finish: str | None = None, **extension: Any) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _event({**self._head("chat.completion.chunk"), "choices": [choice], **extension})

    async def _usage(self, content: str) -> JsonObject:
        said = "\n".join(message.text for message in self.body.messages)
        prompt = await asyncio.to_thread(count_tokens, said)
        completion = await asyncio.to_thread(count_tokens, content)
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }

    def _sources(self, answer: Answer) -> str:
        if self.body.model != WITH_SOURCES or not answer.citations:
            return ""
        lines = [f"- [{c.number}] {_plain(source_line(c))}" for c in answer.citations]
        return _SOURCES + "\n".join(lines)


def _shown(sentence: AnswerSentence) -> str:
    """A sentence with its marks. Front ends take it for Markdown, so what an article says is
    escaped: its brackets are no marks, and nothing in it is a link or a picture."""
    disputed = "Disputed: " if sentence.stance == "dispute" else ""
    return f"{disputed}{_plain(sentence.text)} {sentence.marks}".strip()


def _plain(text: str) -> str:
    return " ".join(text.split()).translate(_MARKUP)


def _event(data: JsonObject) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


def _model(name: str) -> JsonObject:
    return {"id": name, "object": "model", "created": 0, "owned_by": "groundwire"}


def _unknown(name: str) -> Problem:
    return Problem(
        404,
        f"There is no model {name!r}.",
        remedy=f"Use {MODEL} or {WITH_SOURCES}.",
        code="model_not_found",
        param="model",
    )
