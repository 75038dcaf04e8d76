"""What every reader promises: whole sentences of the passages, sane numbers, best first."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.article import Article, Passage, Span
from ingest.library import Library
from ingest.split import split_sentences
from rag.answer import Evidence
from rag.overlap import OverlapReader
from rag.reader import Reader
from rag.retrieve import Hit, retrieve
from rag.trained import BUNDLED, TrainedReader
from tests.conftest import ARTICLES, AWKWARD, awkward_text, make_library, open_library

MakeReader = Callable[[Library], Reader]
READERS: dict[str, MakeReader] = {"overlap": OverlapReader}
if BUNDLED.is_file():
    READERS["trained"] = lambda library: TrainedReader()


@pytest.fixture(params=READERS, scope="module")
def make_reader(request: pytest.FixtureRequest) -> MakeReader:
    return READERS[request.param]


def check_evidence(found: list[Evidence], hits: list[Hit]) -> None:
    """What holds of all evidence."""
    sentences = {(hit.article.id, span) for hit in hits for span in hit.passage.sentences}
    assert [e.relevance for e in found] == sorted((e.relevance for e in found), reverse=True)
    assert len({(e.article.id, e.span) for e in found}) == len(found)
    for item in found:
        assert (item.article.id, item.span) in sentences
        assert item.quote == item.article.text[item.span.start : item.span.end]
        assert 0 <= item.confidence <= 1
        assert math.isfinite(item.relevance)
        if item.short is not None:
            assert item.span.start <= item.short.start < item.short.end <= item.span.end
            assert item.short.of(item.article.text).strip()


QUESTIONS = (
    "Who shelled the copper mine at Velm?",
    "How many miners were killed?",
    "When did the bridge open?",
    "Where is the mine?",
    "Why was the work delayed?",
    "Did anybody deny it?",
    "zzzz",
    "?",
    "👩‍👩‍👧‍👦",
    "من أعلن؟",
    "the of and",
    "who " * 3_000,
)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: ascii(q[:25]))
def test_evidence_is_whole_sentences_with_sane_numbers_best_first(
    library: Library, make_reader: MakeReader, question: str
) -> None:
    hits = retrieve(library, question)
    found = make_reader(library).read(question, hits)
    check_evidence(found, hits)


@given(awkward_text(), st.one_of(st.sampled_from(QUESTIONS[:6]), st.text(max_size=40)))
def test_any_article_and_any_question_can_be_read(
    words: Library, make_reader: MakeReader, text: str, question: str
) -> None:
    item = Article("/generated.txt", f"A {text}")
    passage = Passage(Span(0, len(item.text)), tuple(split_sentences(item.text)))
    hits = [Hit(1, item, passage, 0.5)]
    asked = " ".join(question.encode("utf-8", "ignore").decode().split()) or "?"
    check_evidence(make_reader(words).read(asked, hits), hits)


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return open_library(make_library(tmp_path_factory.mktemp("words") / "library", ARTICLES))


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("Who shelled the copper mine at Velm?", "North Ridge Front"),
        ("How many miners did the attack kill?", "14 miners"),
        ("Who designed the Tarn bridge?", "Pavel Orlik"),
        ("How much did the Tarn bridge cost?", "310 million crowns"),
    ],
)
def test_the_sentence_that_answers_is_among_the_best_evidence(
    library: Library, make_reader: MakeReader, question: str, quote: str
) -> None:
    found = make_reader(library).read(question, retrieve(library, question))
    assert any(quote in item.quote for item in found[:3])


def test_no_passages_give_no_evidence(library: Library, make_reader: MakeReader) -> None:
    assert list(make_reader(library).read("Who?", [])) == []


def test_reading_is_repeatable(library: Library, make_reader: MakeReader) -> None:
    question = "Who shelled the copper mine?"
    hits = retrieve(library, question)
    assert make_reader(library).read(question, hits) == make_reader(library).read(question, hits)


def test_a_reader_says_its_name_and_threshold(library: Library, make_reader: MakeReader) -> None:
    reader = make_reader(library)
    assert reader.name
    assert 0 < reader.threshold < 1


def test_an_empty_library_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, make_reader: MakeReader
) -> None:
    with open_library(make_library(tmp_path_factory.mktemp("empty"))) as empty:
        for question in [*QUESTIONS, *AWKWARD[:3]]:
            assert list(make_reader(empty).read(question, [])) == []
