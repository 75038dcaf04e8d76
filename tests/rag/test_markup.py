"""Markdown's signs are told from the words; nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given

from ingest.article import Span
from rag.markup import is_heading, outside_addresses, plain, quote_signs
from rag.spans import tidy
from tests.conftest import awkward_text


@pytest.mark.parametrize(
    ("quote", "words"),
    [
        ("- **September 18:** Ann Reed was held.", "September 18: Ann Reed was held."),
        ("**2. Turnout.** We gave it as 48.", "2. Turnout. We gave it as 48."),
        ("It fell.**", "It fell."),
        ("**It fell.", "It fell."),
        ("## Closed roads", "Closed roads"),
        ("> We have the clock.", "We have the clock."),
        (
            "The *Courier* wrote of [a bridge](https://a.example/b_(c)).",
            "The Courier wrote of a bridge.",
        ),
        ("![A pier](pier.png) A pier.", "A pier A pier."),
        ("2 * 3 * 4 is 24, and a_b_c is a name.", "2 * 3 * 4 is 24, and a_b_c is a name."),
        ("-3 degrees [1] and (two).", "-3 degrees [1] and (two)."),
        ("See [docs](http://x.org/__init__/a.py) now.", "See docs now."),
        ("- 5 degrees was the low.", "- 5 degrees was the low."),
        ("**", "**"),
    ],
)
def test_the_words_are_left_when_the_signs_go(quote: str, words: str) -> None:
    assert plain(quote) == words


@given(awkward_text())
def test_signs_stand_in_the_text_in_order_and_apart(text: str) -> None:
    edges = [edge for sign in quote_signs(text) for edge in (sign.start, sign.end)]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(text) for edge in edges)


TEXT = "The [new bridge](https://x.example/z_(a)?b=c) is by [Ann Reed](https://a.example) in 2019."


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        ("Reed](https://a", "Reed"),
        ("Ann Reed](https://a.example)", "Ann Reed"),
        ("The [new bridge", "The new bridge"),
        ("by [Ann", "by Ann Reed"),
        ("Reed](https://a.example) in 2019", "Ann Reed in 2019"),
        ("x.example/z_(a)?b=c) is by", "is by"),
    ],
)
def test_a_short_answer_is_never_cut_in_an_address(cut: str, words: str) -> None:
    start = TEXT.index(cut)
    whole = Span(0, len(TEXT))
    span = tidy(TEXT, Span(start, start + len(cut)), whole)
    assert plain(span.of(TEXT)) == words
    assert outside_addresses(TEXT, span, whole) == span


@pytest.mark.parametrize(
    ("quote", "heading"),
    [
        ("## Closed roads", True),
        ("**Running today (Wednesday)**", True),
        ("**It runs today.**", False),
        ("**Line 1** runs **today**", False),
        ("It runs today", False),
    ],
)
def test_a_strong_line_without_a_stop_is_a_heading(quote: str, heading: bool) -> None:
    assert is_heading(quote) is heading
