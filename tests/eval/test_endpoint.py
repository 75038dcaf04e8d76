"""The adapter of an OpenAI-compatible endpoint, against a server on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from eval.endpoint import ABSTENTION, EndpointSystem
from eval.errors import EvalError
from ingest.article import Article

CONTEXT = [
    Article(source="pier", text="Fourteen were hurt."),
    Article(source="museum", text="It is large."),
]


class Server(ThreadingHTTPServer):
    """Answers every request with `reply` and `status`, and keeps what it was asked."""

    reply: Any
    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, dict[str, Any], str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def says(self, text: object) -> None:
        self.reply = {
            "choices": [{"message": {"role": "assistant", "content": text}}],
            "usage": {"completion_tokens": 9},
        }


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, body, self.headers.get("Authorization")))
        data = json.dumps(self.server.reply).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.fixture
def system(server: Server) -> Iterator[EndpointSystem]:
    made = EndpointSystem(server.url, "peer-7b", timeout_s=10)
    yield made
    made.close()


def test_the_model_gets_numbered_passages_and_cites_them(
    server: Server, system: EndpointSystem
) -> None:
    server.says("Fourteen [1]. Nobody died [7]. Fourteen [1, 2].")
    reply = system.ask("How many were hurt?", CONTEXT)
    path, body, _ = server.requests[0]
    assert path == "/v1/chat/completions"
    assert (body["model"], body["temperature"]) == ("peer-7b", 0)
    assert body["messages"][1]["content"] == (
        "[1] Fourteen were hurt.\n\n[2] It is large.\n\nQuestion: How many were hurt?"
    )
    assert reply.answered
    assert [(c.article, c.start, c.end, c.quote) for c in reply.citations] == [
        ("pier", 0, 19, "Fourteen were hurt."),
        ("museum", 0, 12, "It is large."),
    ]
    assert (reply.tokens, reply.confidence) == (9, None)
    assert reply.latency_s > 0


def test_the_sentence_of_silence_is_an_abstention(server: Server, system: EndpointSystem) -> None:
    server.says(f"{ABSTENTION}.")
    reply = system.ask("Who built it?", CONTEXT)
    assert not reply.answered
    assert reply.citations == ()


def test_a_system_with_its_own_articles_is_asked_the_question_alone(server: Server) -> None:
    server.says("The articles do not say.")
    system = EndpointSystem(server.url, "rag", bare=True, silence="articles do not say")
    reply = system.ask("Who built it?")
    assert server.requests[0][1]["messages"] == [{"role": "user", "content": "Who built it?"}]
    assert not reply.answered
    server.says("Orlik did. [1]")
    answered = system.ask("Who built it?")
    assert answered.answered
    assert (answered.citations, system.cites, system.search("Who built it?", 3)) == (
        (),
        False,
        None,
    )
    assert {"asked": "bare", "silence": "articles do not say"}.items() <= system.settings().items()
    with pytest.raises(EvalError, match="cannot be asked bare"):
        system.ask("Who built it?", CONTEXT)
    system.close()


def test_the_key_is_sent_but_not_signed(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    server.says("x")
    system = EndpointSystem(server.url, "peer-7b")
    system.ask("?", CONTEXT)
    system.close()
    assert server.requests[0][2] == "Bearer sk-secret"
    assert "sk-secret" not in str(system.settings())


@pytest.mark.parametrize(
    ("status", "reply", "reason"),
    [
        (429, {"error": "slow down"}, "answered 429.*slow down"),
        (200, {"choices": []}, "sent no chat completion"),
        (200, ["hello"], "sent no chat completion"),
        (200, {"choices": [{"message": {"content": None}}]}, "sent no text"),
    ],
)
def test_what_is_no_answer_is_an_error(
    server: Server, system: EndpointSystem, status: int, reply: object, reason: str
) -> None:
    server.status, server.reply = status, reply
    with pytest.raises(EvalError, match=reason):
        system.ask("?", CONTEXT)


def test_a_server_that_is_not_there_and_a_model_without_a_name_are_errors() -> None:
    system = EndpointSystem("http://127.0.0.1:9", "peer-7b", timeout_s=2)
    with pytest.raises(EvalError, match="does not answer"):
        system.ask("?", CONTEXT)
    system.close()
    with pytest.raises(EvalError, match="--model"):
        EndpointSystem("http://127.0.0.1:9", None)
