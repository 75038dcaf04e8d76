"""Retrieval: both searches count, filters hold, and hits are the articles' own passages."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.filter import Filter
from ingest.library import Library
from rag.retrieve import Hit, fuse, retrieve
from tests.conftest import ARTICLES, article, awkward_text, make_library, open_library


def found(hits: list[Hit]) -> list[str]:
    return [Path(hit.article.source).stem for hit in hits]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who shelled the copper mine at Velm?", "mine"),
        ("Which group bombarded a pit and slew workers?", "mine"),
        ("What did the bridge cost?", "bridge"),
        ("Who was the crossing's designer?", "bridge"),
        ("Are there many apples this year?", "harvest"),
        ("Orlik", "bridge"),
    ],
)
def test_the_right_passage_comes_first(library: Library, question: str, expected: str) -> None:
    assert found(retrieve(library, question))[0] == expected


def test_hits_are_passages_of_the_articles_best_first(library: Library) -> None:
    hits = retrieve(library, "Who shelled the mine?", limit=3)
    assert len(hits) == 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.id for hit in hits}) == 3
    for hit in hits:
        assert hit.article in ARTICLES
        assert hit.text == hit.article.text[hit.passage.span.start : hit.passage.span.end]
        assert hit.cosine is None or -1.001 <= hit.cosine <= 1.001


def test_what_only_one_search_finds_is_found(library: Library) -> None:
    assert any(hit.bm25 is None for hit in retrieve(library, "bombarded pit"))
    nothing_in_common = retrieve(library, "zzzz qqqq")
    assert all(hit.bm25 is None for hit in nothing_in_common)


@pytest.mark.parametrize("limit", [0, 1, 2, 100])
def test_at_most_as_many_as_asked_for(library: Library, limit: int) -> None:
    assert len(retrieve(library, "mine", limit=limit)) <= limit


@pytest.mark.parametrize(
    "where",
    [
        Filter(source="Needle Post"),
        Filter(author="needle"),
        Filter(published_from="2020", published_to="2022"),
        Filter(articles=(article("needle", "x").id,)),
    ],
    ids=repr,
)
def test_filters_apply_before_the_cut(tmp_path: Path, where: Filter) -> None:
    hay = [
        article(f"hay{i}", f"Who shelled the mine at Velm? Shell {i}.", published="2010-01-01")
        for i in range(130)
    ]
    needle = article(
        "needle",
        "Nothing of that sort, but a mine.",
        outlet="Needle Post",
        author="N. Needle",
        published="2021-01-01",
    )
    with open_library(make_library(tmp_path, [*hay, needle])) as library:
        question = "Who shelled the mine at Velm?"
        assert "needle" not in found(retrieve(library, question, limit=10))
        assert found(retrieve(library, question, limit=10, where=where)) == ["needle"]
        assert retrieve(library, question, where=Filter(author="nobody")) == []


@given(st.one_of(awkward_text(), st.text(max_size=50)))
def test_any_question_may_be_retrieved_for(words: Library, question: str) -> None:
    question = " ".join(question.encode("utf-8", "ignore").decode().split())
    assert len(retrieve(words, question, limit=2)) <= 2


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return open_library(make_library(tmp_path_factory.mktemp("words") / "library", ARTICLES))


def test_an_empty_library_gives_nothing(tmp_path: Path) -> None:
    with open_library(make_library(tmp_path)) as library:
        assert retrieve(library, "Who?") == []


scores = st.dictionaries(st.integers(1, 20), st.floats(0, 50), max_size=12)


@given(scores, st.dictionaries(st.integers(1, 20), st.floats(-1, 1), max_size=12))
def test_fusing_ranks_everything_once_and_respects_agreement(
    bm25: dict[int, float], cosines: dict[int, float]
) -> None:
    fused = fuse(bm25, cosines)
    place = {number: at for at, (number, _) in enumerate(fused)}
    assert sorted(place) == sorted({*bm25, *cosines})
    assert [score for _, score in fused] == sorted((s for _, s in fused), reverse=True)
    both = [n for n in bm25 if n in cosines]
    for one in both:
        for other in both:
            if bm25[one] > bm25[other] + 1e-6 and cosines[one] > cosines[other] + 1e-6:
                assert place[one] < place[other]


def test_fusing_nothing_gives_nothing() -> None:
    assert fuse({}, {}) == []
