"""Promises 1 to 5 for answers in a language model's words, by their names: whatever the server of
the model does. Each test was seen to fail when the code was broken on purpose."""

from __future__ import annotations

import gc
import re
import socket
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ingest.embed import Embedder
from ingest.library import Library
from rag.answer import ABSTENTION, Answer
from rag.assistant import AnswerEvent, Assistant, SentenceEvent
from rag.support import SupportChecker
from tests.conftest import ARTICLES, article, make_library, open_library
from tests.llm_server import BEHAVIOURS, served
from tests.test_promises import NOT_TOLD, check_cited

# The client library leaves connections to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

ASKED = (
    "Who shelled the copper mine at Velm?",
    "Who claimed the attacks in Jalalabad?",
)
SILENT = NOT_TOLD[0]
JALALABAD = article(
    "jalalabad",
    "ISKP claimed the attacks in Jalalabad on Sunday, saying that it had killed up to 35 Taliban"
    " fighters. A spokesman for the Taliban denied that tally.",
)
TEXTS = {item.source: item.text for item in (*ARTICLES, JALALABAD)}
DENIAL = "A spokesman for the Taliban denied that tally."
Said = Mapping[str, tuple[Answer, list[Any]]]

WORDED = {"good", "good JSON", "slow", "429 at first", "500 at first", "no schema"}
WORDED |= {"wrong citations", "no citations", "citation 99"}
"""Behaviours with which the model's sentences are of use."""


@pytest.fixture(autouse=True, scope="module")
def _no_live_calls() -> Iterator[None]:
    """Nothing but this machine is reached."""
    connect = socket.socket.connect

    def local(self: socket.socket, address: Any) -> None:
        assert self.family == socket.AF_UNIX or address[0] == "127.0.0.1", address
        connect(self, address)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(socket.socket, "connect", local)
        yield
    _let_connections_go()


def _let_connections_go() -> None:
    """Wait for what still reads from a server that never ends, so that its connections, which the
    client library leaves to the garbage collector, are gone before the next module's tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        end = time.monotonic() + 15
        while time.monotonic() < end and any(
            thread.name == "language model" for thread in threading.enumerate()
        ):
            time.sleep(0.1)
        gc.collect()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("generated") / "library"
    make_library(folder, [*ARTICLES, JALALABAD], embedder)
    with open_library(folder, embedder) as library:
        yield library


@pytest.fixture(scope="module")
def plain(real: Library) -> dict[str, Answer]:
    """The extractive answers."""
    return {question: Assistant(real).ask(question) for question in (*ASKED, SILENT)}


@pytest.fixture(scope="module", params=BEHAVIOURS)
def behaviour(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def said(behaviour: str, real: Library) -> Said:
    """What was streamed and the answers, of a model whose server behaves so."""
    found = {}
    with served(behaviour) as llm:
        assistant = Assistant(real, llm=llm, llm_timeout_s=4)
        for question in (*ASKED, SILENT):
            *streamed, last = assistant.stream(question)
            assert isinstance(last, AnswerEvent)
            found[question] = (last.answer, streamed)
    return found


def test_promise_1_exact_of_generated_answers(said: Said) -> None:
    for answer, _ in said.values():
        for citation in (*answer.citations, *answer.closest):
            text = TEXTS[citation.article.source]
            assert text[citation.start : citation.end] == citation.quote
        for sentence in answer.sentences:
            if sentence.kind == "quote":
                assert [c.quote for c in sentence.citations] == [sentence.text]
        first = answer.sentences[0]
        if answer.short:
            assert any(answer.short in t for t in (first.text, *(c.quote for c in first.citations)))


def test_promise_2_nothing_uncited_of_generated_answers(said: Said) -> None:
    for answer, streamed in said.values():
        check_cited(answer)
        assert [c.number for c in answer.citations] == list(range(1, len(answer.citations) + 1))
        assert all(isinstance(event, SentenceEvent) for event in streamed)
        assert tuple(event.sentence for event in streamed) == answer.sentences


def test_promise_3_supported_of_generated_answers(
    said: Said, plain: Mapping[str, Answer], behaviour: str
) -> None:
    checker = SupportChecker()
    shown = 0
    for question, (answer, _) in said.items():
        for sentence in answer.sentences:
            if sentence.kind == "generated":
                assert checker.check(sentence.text, [c.quote for c in sentence.citations]).supported
                assert not re.search(r"https?:|[<>`\[]|\bAI\b|evidence|instruct", sentence.text)
        shown += answer.generated + answer.copied
        if not answer.generated and not answer.copied and answer.answered:
            assert answer.notice
            texts = [s.text for s in answer.sentences]
            assert sorted(texts) == sorted(s.text for s in plain[question].sentences)
    assert (shown > 0) == (behaviour in WORDED) or behaviour == "cut off", shown


def test_promise_4_honest_silence_of_generated_answers(said: Said) -> None:
    answer, _ = said[SILENT]
    assert [(s.text, s.kind) for s in answer.sentences] == [(ABSTENTION, "abstention")]
    assert (answer.usage, answer.notice) == ({}, None)
    assert all(said[question][0].answered for question in ASKED)


def test_promise_5_who_says_so_of_generated_answers(
    said: Said, plain: Mapping[str, Answer]
) -> None:
    """Whatever disputes the extractive answer stands beside the model's, in the source's words."""
    disputed = [s.text for s in plain[ASKED[1]].sentences if s.stance == "dispute"]
    assert disputed == [DENIAL]
    for question, (answer, _) in said.items():
        shown = [s.text for s in answer.sentences if s.stance == "dispute"]
        assert shown == [s.text for s in plain[question].sentences if s.stance == "dispute"]
        assert not any("confirmed" in s.text for s in answer.sentences)
