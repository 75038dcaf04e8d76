"""Counting language-model tokens: right, offline, and safe with any text."""

from __future__ import annotations

import os
import subprocess
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.article import clean
from ingest.tokens import count_tokens
from tests.conftest import environment, python


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("hello world", 2), ("The ferry sank.", 4), ("<|endoftext|>", 7)],
)
def test_counts_are_those_of_o200k_base(text: str, tokens: int) -> None:
    assert count_tokens(text) == tokens


@given(st.text(st.characters()).map(clean))
def test_any_article_text_is_counted(text: str) -> None:
    assert bool(text) <= count_tokens(text) <= len(text.encode())


@pytest.mark.parametrize("unit", [" ", "\n", "a", "é", "\u00a0", "a1!", "👩‍👧"])
def test_monstrous_text_is_counted_soon(unit: str) -> None:
    started = time.monotonic()
    assert count_tokens("start " + unit * 100_000 + " end") > 2
    assert time.monotonic() - started < 30


def test_the_tables_are_found_without_a_network_and_without_importing_llama_index() -> None:
    code = """
import socket, sys
def refuse(*_, **__):
    raise OSError("no network in this test")
socket.socket.connect = socket.getaddrinfo = refuse
from ingest.tokens import count_tokens
assert count_tokens("hello world") == 2
assert "llama_index.core" not in sys.modules, "llama_index was imported"
"""
    variables = {k: v for k, v in environment().items() if k != "TIKTOKEN_CACHE_DIR"}
    subprocess.run(python(code), env=variables, check=True)


def test_a_table_folder_that_the_user_chose_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "/chosen")
    count_tokens("hello")
    assert os.environ["TIKTOKEN_CACHE_DIR"] == "/chosen"
