"""A GGUF file as a LlamaIndex LLM: llama.cpp in this process, through xllamacpp."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Sequence
from pathlib import Path
from queue import SimpleQueue
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
from pydantic import PrivateAttr

from ingest.errors import ModelError

_LOADING = threading.Lock()
_THREADS_VARIABLE = "GROUNDWIRE_LLM_THREADS"


class GgufLLM(CustomLLM):
    """The model in the file `path`, loaded at its first use; always the likeliest words.

    Requests of several threads are answered one after the other. Closing a stream ends the work
    on it. GROUNDWIRE_LLM_THREADS says how many threads compute; by default half of the cores,
    since llama.cpp is slow where others want them too.
    """

    path: str
    context_window: int
    max_tokens: int

    _server: Any = PrivateAttr(default=None)

    @classmethod
    def class_name(cls) -> str:
        """What its kind is called."""
        return "gguf"

    @property
    def metadata(self) -> LLMMetadata:
        """Context window, output and name."""
        return LLMMetadata(
            context_window=self.context_window,
            num_output=self.max_tokens,
            is_chat_model=True,
            model_name=Path(self.path).stem,
        )

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """The whole reply."""
        *_, last = self._replies(messages, kwargs)
        return last

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """The reply as it is written; `kwargs` may hold a `response_format`, as for OpenAI."""
        return self._replies(messages, kwargs)

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """The reply to one message of a user."""
        return CompletionResponse(text=self.chat([ChatMessage(prompt)], **kwargs).message.content)

    @llm_completion_callback()
    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseGen:
        """The reply to one message of a user, as it is written."""
        for reply in self._replies([ChatMessage(prompt)], kwargs):
            yield CompletionResponse(text=reply.message.content or "", delta=reply.delta)

    def _replies(
        self, messages: Sequence[ChatMessage], options: dict[str, Any]
    ) -> Generator[ChatResponse, None, None]:
        said = ""
        with _Reply(self._loaded(), self._request(messages, options)) as reply:
            for delta in reply:
                said += delta
                yield ChatResponse(message=ChatMessage(said, role="assistant"), delta=delta)
        if not said:
            yield ChatResponse(message=ChatMessage("", role="assistant"), delta="")

    def _request(self, messages: Sequence[ChatMessage], options: dict[str, Any]) -> dict[str, Any]:
        return {
            "messages": [{"role": m.role.value, "content": m.content or ""} for m in messages],
            "temperature": 0,
            "max_tokens": self.max_tokens,
            "stream": True,
            **options,
        }

    def _loaded(self) -> Any:
        with _LOADING:
            if self._server is None:
                self._server = _start(self.path, self.context_window)
        return self._server


class _Reply:
    """One reply, written by a thread of its own; leaving it stops the thread at its next token.

    The process waits for that thread at its end: to end a thread inside llama.cpp by force is to
    end the process with an error.
    """

    def __init__(self, server: Any, request: dict[str, Any]) -> None:
        self._server = server
        self._request = request
        self._pieces: SimpleQueue[str | Exception | None] = SimpleQueue()
        self._left = threading.Event()

    def __enter__(self) -> _Reply:
        threading.Thread(target=self._write, name="gguf", daemon=False).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()

    def __iter__(self) -> Generator[str, None, None]:
        while (piece := self._pieces.get()) is not None:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def _write(self) -> None:
        try:
            self._server.handle_chat_completions(self._request, self._take)
        except Exception as error:  # for the thread that reads the reply
            self._pieces.put(error)
        self._pieces.put(None)

    def _take(self, chunk: dict[str, Any]) -> bool:
        """Called with each piece; says whether to stop."""
        if error := chunk.get("error"):
            self._pieces.put(ModelError(f"llama.cpp: {error.get('message', error)}."))
            return True
        for choice in chunk.get("choices", ()):
            if piece := choice["delta"].get("content"):
                self._pieces.put(piece)
        return self._left.is_set()


def _start(path: str, context_tokens: int) -> Any:
    """A model that is loaded. Raises ModelError for a file that llama.cpp does not read."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_ctx = context_tokens
    params.n_parallel = 1
    params.n_gpu_layers = 0
    params.cpuparams.n_threads = _threads()
    params.verbosity = -1
    try:
        return xllamacpp.Server(params)
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            f"{path!r} cannot be loaded: {error}.", remedy="Name a GGUF file of a chat model."
        ) from error


def _threads() -> int:
    named = os.environ.get(_THREADS_VARIABLE, "")
    return int(named) if named.isdigit() and int(named) else max(1, (os.cpu_count() or 2) // 2)
