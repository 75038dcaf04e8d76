"""What an article promises: its text is clean, its id is its source, its version is its text."""

from __future__ import annotations

import hashlib
import re
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.article import Article, Passage, Span, clean
from ingest.errors import UnreadableSource
from tests.conftest import AWKWARD, awkward_text


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("one\r\ntwo\rthree\u2028four\u2029five\x85six", "one\ntwo\nthree\nfour\nfive\nsix"),
        ("\ufeffThe ferry\ufeff sank.", "The ferry sank."),
        ("nul\x00 bell\x07 escape\x1b[31m csi\x9b31m del\x7f", "nul bell escape[31m csi31m del"),
        ("half \ud83d of a pair \udc00", "half  of a pair"),
        ("  \n\t kept\tin\nside \u00a0\n", "kept\tin\nside"),
        ("caf\u00e9 cafe\u0301", "caf\u00e9 cafe\u0301"),
        (
            "zero\u200bwidth\u00a0space 👩‍👧 \u202etfel\u202c",
            "zero\u200bwidth\u00a0space 👩‍👧 \u202etfel\u202c",
        ),
    ],
)
def test_clean_unifies_line_ends_and_drops_what_nobody_sees_and_nothing_else(
    raw: str, stored: str
) -> None:
    assert clean(raw) == stored


@given(st.one_of(st.text(st.characters()), awkward_text()))
def test_cleaning_twice_is_cleaning_once_and_the_result_can_be_stored(raw: str) -> None:
    cleaned = clean(raw)
    assert clean(cleaned) == cleaned
    cleaned.encode("utf-8")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", cleaned.replace("\x0c", ""))


@pytest.mark.parametrize("text", ["", " \n\t", "\x00", "\ufeff", "\ud800"])
def test_an_article_without_text_is_refused_by_name(text: str) -> None:
    with pytest.raises(UnreadableSource, match=r"'/a.txt' holds no text"):
        Article("/a.txt", text)


def test_the_id_is_of_the_source_and_the_version_of_the_text() -> None:
    first = Article("/a.txt", "It sank.\r\n", title="Ferry")
    same_text = Article("/b.txt", "It sank.")
    assert first.id == Article("/a.txt", "It did not sink.").id != same_text.id
    assert first.version == same_text.version == hashlib.sha256(b"It sank.").hexdigest()
    assert re.fullmatch("[0-9a-f]{16}", first.id)


def test_metadata_is_cleaned_and_named_as_the_answer_json_names_it() -> None:
    article = Article(
        "/a.txt", "It sank.", title="Fer\x1bry\ud800", author="I. Dahl", url="https://a.b"
    )
    assert article.metadata() == {
        "id": article.id,
        "title": "Ferry",
        "url": "https://a.b",
        "source": "/a.txt",
        "author": "I. Dahl",
        "outlet": None,
        "published": None,
        "language": None,
    }


def test_a_source_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(UnreadableSource, match="not Unicode"):
        Article("/bad\udc80.txt", "It sank.")


@given(st.integers(0, 9), st.integers(1, 9), st.integers(0, 9), st.integers(1, 9))
def test_spans_overlap_exactly_when_they_share_a_character(
    start: int, length: int, other_start: int, other_length: int
) -> None:
    span, other = Span(start, start + length), Span(other_start, other_start + other_length)
    shared = set(range(span.start, span.end)) & set(range(other.start, other.end))
    assert span.overlaps(other) == other.overlaps(span) == bool(shared)


def test_a_span_counts_code_points() -> None:
    text = "👩‍👧 e\u0301 北"
    assert [Span(i, i + 1).of(text) for i in range(len(text))] == list(text)


def test_values_are_frozen() -> None:
    span = Span(0, 1)
    for value, name in (
        (Article("/a", "Text."), "text"),
        (span, "start"),
        (Passage(span, (span,)), "span"),
    ):
        with pytest.raises(FrozenInstanceError):
            setattr(value, name, "other")


def test_every_awkward_piece_makes_an_article_or_a_reason() -> None:
    for piece in AWKWARD:
        try:
            Article("/a.txt", piece).text.encode()
        except UnreadableSource as error:
            assert "holds no text" in str(error)  # noqa: PT017 - either is right
