"""A server that speaks OpenAI's chat completions on this machine and misbehaves on demand."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from types import MappingProxyType
from typing import Any

from tests.language_models import as_json, evidence_in, parrot

Write = Callable[[dict[str, Any]], Iterator[str]]
"""The request's body -> the pieces of the reply."""


class Refuse(Exception):
    """The reply is a status."""

    def __init__(self, status: int, **headers: str) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers


class Hang(Exception):
    """The connection is cut."""


def _asked(body: dict[str, Any]) -> str:
    return str(body["messages"][-1]["content"])


def _every(form: str) -> Write:
    """Each evidence sentence, without the day, in a form that names `text`, `n` and `other`,
    another number."""

    def write(body: dict[str, Any]) -> Iterator[str]:
        evidence = evidence_in(_asked(body))
        for n, text in evidence.items():
            dayless = re.sub(r" on \w+day", "", text)
            yield form.format(text=dayless, n=n, other=n % len(evidence) + 1)

    return write


def _says(text: str) -> Write:
    return lambda body: iter([text])


def _slow(body: dict[str, Any]) -> Iterator[str]:
    for character in parrot(_asked(body)):
        time.sleep(0.005)
        yield character


def _hangs(body: dict[str, Any]) -> Iterator[str]:
    time.sleep(20)
    yield parrot(_asked(body))


def _cut(body: dict[str, Any]) -> Iterator[str]:
    said = parrot(_asked(body))
    yield said[: int(len(said) * 0.6)]
    raise Hang


def _endless(body: dict[str, Any]) -> Iterator[str]:
    for n in count():
        yield f"The mine was shelled {n} times by the bridge. [1]\n"


def _endless_line(body: dict[str, Any]) -> Iterator[str]:
    while True:
        yield "mine and bridge and "


def _leaks(body: dict[str, Any]) -> Iterator[str]:
    for message in body["messages"]:
        yield message["content"] + "\n"


def _status(status: int, first: int = 10**9, **headers: str) -> Callable[[], Write]:
    """A status for the first requests, then a good reply."""

    def fresh() -> Write:
        left = [first]

        def write(body: dict[str, Any]) -> Iterator[str]:
            left[0] -= 1
            if left[0] >= 0:
                raise Refuse(status, **headers)
            return iter([parrot(_asked(body))])

        return write

    return fresh


def _no_schema() -> Write:
    def write(body: dict[str, Any]) -> Iterator[str]:
        if "response_format" in body:
            raise Refuse(400)
        return iter([parrot(_asked(body))])

    return write


def _json(body: dict[str, Any]) -> Iterator[str]:
    evidence = evidence_in(_asked(body))
    yield as_json(*((text, [n]) for n, text in evidence.items()))


def _always(write: Write) -> Callable[[], Write]:
    return lambda: write


BEHAVIOURS: Mapping[str, Callable[[], Write]] = MappingProxyType(
    {
        "good": _always(_every("{text} [{n}]\n")),
        "good JSON": _always(_json),
        "slow": _always(_slow),
        "hangs": _always(_hangs),
        "cut off": _always(_cut),
        "429 at first": _status(429, 1, **{"Retry-After": "0"}),
        "429": _status(429, **{"Retry-After": "0"}),
        "500 at first": _status(500, 1),
        "500": _status(500),
        "401": _status(401),
        "no schema": _no_schema,
        "invalid JSON": _always(_says('{"sentences": [{"evidence": [1], "text": The mine}]}')),
        "half JSON": _always(_says('{"sentences": [{"evidence": [1], "te')),
        "wrong citations": _always(_every("{text} [{other}]\n")),
        "no citations": _always(_every("{text}\n")),
        "citation 99": _always(_every("{text} [99]\n")),
        "inventions": _always(_every("A bridge of 77 crowns shelled Napoleon in Oslo. [{n}]\n")),
        "denials turned": _always(_says("The Taliban confirmed that tally of 35 fighters. [1][2]")),
        "leaks its prompt": _always(_leaks),
        "refuses": _always(_says("I'm sorry, but as an AI I cannot help with that request.")),
        "endless": _always(_endless),
        "endless line": _always(_endless_line),
        "empty": _always(_says("")),
        "other marks": _always(_says("<b>The mine</b> [1](https://evil.example) `x` [1]")),
    }
)


@contextmanager
def served(behaviour: str) -> Iterator[str]:
    """The setting that names the model of a server which behaves so."""
    server = _Server(BEHAVIOURS[behaviour]())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"openai-like:http://127.0.0.1:{server.server_address[1]}/v1#scripted"
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, write: Write) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.write = write


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            pieces = self.server.write(body)
            if body.get("stream"):
                self._stream(pieces)
            else:
                self._answer(200, json.dumps(_whole("".join(pieces))).encode(), {})
        except Refuse as refused:
            self._answer(refused.status, b"", refused.headers)
        except (Hang, BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _stream(self, pieces: Iterator[str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            self._chunk(f"data: {json.dumps(_part(piece))}\n\n".encode())
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def _answer(self, status: int, data: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


def _part(text: str) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "x",
        "choices": [choice],
    }


def _whole(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "x",
        "choices": [choice],
    }
