"""One request to a language model: streamed, in time, tried again where that can help, counted."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, Full, Queue
from typing import TYPE_CHECKING, Any

from ingest.errors import GroundwireError
from ingest.tokens import count_tokens
from rag.prompt import Message, count_messages

if TYPE_CHECKING:
    from rag.llm import LLM

_log = logging.getLogger(__name__)

_MOST_TRIES = 3
_FIRST_PAUSE_S = 0.5
_MOST_PAUSE_S = 8.0
_POLL_S = 0.1
_MOST_AHEAD = 32  # pieces that a model is read ahead of who listens
_MOST_REASON = 160
_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_REFUSED_FORM = frozenset({400, 404, 415, 422, 501})


class GenerationError(GroundwireError):
    """A language model that gave no answer, or broke off; the reason says why."""

    retryable = True


class Stopped(GroundwireError):
    """Nobody wants the answer any more."""


@dataclass
class Spent:
    """What an answer has cost: requests, and tokens as tiktoken counts them."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True)
class Deadline:
    """Until when there is time, and whether anybody still waits."""

    at: float
    stop: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def after(cls, seconds: float, stop: threading.Event | None = None) -> Deadline:
        """The deadline that many seconds from now."""
        return cls(time.monotonic() + seconds, stop or threading.Event())

    @property
    def left_s(self) -> float:
        """The seconds that are left; raises Stopped if nobody waits."""
        if self.stop.is_set():
            raise Stopped("The question was withdrawn.")
        return self.at - time.monotonic()

    def pause(self, seconds: float) -> bool:
        """Wait that long; False, at once, if there is not so much time."""
        return seconds < self.left_s and not self.stop.wait(seconds)


def write(
    llm: LLM,
    messages: Sequence[Message],
    deadline: Deadline,
    spent: Spent,
    constraint: Mapping[str, Any] | None = None,
) -> Generator[str, None, None]:
    """The pieces of a reply as they arrive; closing it ends the request.

    What fails before the first piece is tried again, with pauses that grow, where that can help:
    after 429, errors of the server and of the network. A server that refuses the `constraint` is
    asked without. Raises GenerationError for everything else, Stopped where the deadline says so.
    """
    tries = 0
    while True:
        tries += 1
        spent.requests += 1
        spent.prompt_tokens += count_messages(messages)
        said: list[str] = []
        try:
            for piece in _in_time(_asked(llm, messages, constraint or {}), deadline):
                said.append(piece)
                yield piece
            return
        except _Failed as failure:
            error = failure.error
            if constraint and not said and _status(error) in _REFUSED_FORM:
                constraint = None
            elif said or tries == _MOST_TRIES or not _may_pass(error):
                raise _explained(error, "broke off" if said else "gave no answer") from error
            elif not deadline.pause(_pause_s(error, tries)):
                raise GenerationError(f"The language model was busy: {_reason(error)}.") from error
            _log.warning("The language model is asked again: %s", _reason(error))
        finally:
            spent.completion_tokens += count_tokens("".join(said))


class _Failed(Exception):
    """What a model raised."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def _asked(llm: LLM, messages: Sequence[Message], constraint: Mapping[str, Any]) -> Iterator[str]:
    from llama_index.core.llms import ChatMessage

    asked = [ChatMessage(role=message.role, content=message.text) for message in messages]
    if not llm.metadata.is_chat_model:
        prompt = "\n\n".join(message.text for message in messages)
        yield from (reply.delta or "" for reply in llm.stream_complete(prompt, **constraint))
    else:
        yield from (reply.delta or "" for reply in llm.stream_chat(asked, **constraint))


def _in_time(pieces: Iterable[str], deadline: Deadline) -> Iterator[str]:
    """The pieces, drawn by a thread of their own, so that nothing waits for a model that hangs.

    The thread ends before its next piece once nobody reads. Raises _Failed for what the pieces
    raise.
    """
    arrived: Queue[str | Exception | None] = Queue(_MOST_AHEAD)
    left = threading.Event()

    def hand_over(item: str | Exception | None) -> None:
        while not left.is_set():
            with suppress(Full):
                arrived.put(item, timeout=_POLL_S)
                return

    def draw() -> None:
        try:
            for piece in pieces:
                if left.is_set():
                    return
                hand_over(piece)
        except Exception as error:  # a model raises what its network or its library raises
            hand_over(error)
        hand_over(None)

    threading.Thread(target=draw, name="language model", daemon=True).start()
    try:
        while (piece := _next(arrived, deadline)) is not None:
            if isinstance(piece, Exception):
                raise _Failed(piece)
            yield piece
    finally:
        left.set()


def _next(arrived: Queue[str | Exception | None], deadline: Deadline) -> Any:
    while (left_s := deadline.left_s) > 0:
        try:
            return arrived.get(timeout=min(_POLL_S, left_s))
        except Empty:
            continue
    raise GenerationError("The language model took too long.")


def _may_pass(error: Exception) -> bool:
    """Whether the same request can succeed later."""
    import httpx

    status = _status(error)
    if status is not None:
        return status in _PASSING
    passing = (ConnectionError, TimeoutError, httpx.TransportError)
    causes = (error, error.__cause__, error.__context__)
    return any(isinstance(cause, passing) for cause in causes)


def _status(error: Exception) -> int | None:
    """The HTTP status that an error is about, as the clients of all providers name it."""
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) and status > 0 else None


def _pause_s(error: Exception, tries: int) -> float:
    """How long to wait: what the server asks for, else longer each time and never quite alike."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    asked = str(headers.get("retry-after", ""))
    if asked.isdigit():
        return float(asked)
    longest = min(_MOST_PAUSE_S, _FIRST_PAUSE_S * 2 ** (tries - 1))
    return random.uniform(longest / 2, longest)


def _explained(error: Exception, what: str) -> GenerationError:
    return GenerationError(f"The language model {what}: {_reason(error)}.")


def _reason(error: Exception) -> str:
    """What went wrong, on one short line; a key that the server repeats is not in it."""
    status = _status(error)
    if status is not None:
        return f"HTTP status {status}"
    line = " ".join(str(error).split())[:_MOST_REASON].rstrip(".")
    return line or type(error).__name__
