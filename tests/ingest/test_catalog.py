"""The catalog: what goes in comes out, filters apply before the cut, any words may be asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.article import Article, Passage
from ingest.catalog import Catalog
from ingest.errors import LibraryError, QuestionError
from ingest.filter import Filter
from ingest.soundness import catalog_problems
from ingest.split import split_passages
from ingest.terms import content_words, fts_query
from tests.conftest import ARTICLES, article, awkward_text, count_words


def passages_of(item: Article) -> list[Passage]:
    return split_passages(item.text, count_words, max_tokens=30)


def put(catalog: Catalog, *articles: Article) -> None:
    with catalog.transaction():
        for item in articles:
            passages = passages_of(item)
            vectors = np.arange(4 * len(passages), dtype=np.float32).reshape(-1, 4)
            catalog.put(item, passages, vectors, tokens=7)


def row_counts(file: Path) -> dict[str, int]:
    """How many rows every table has, those of the full-text index included."""
    with sqlite3.connect(file) as connection:
        names = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
            if name not in {"words_data", "words_idx", "words_config", "sqlite_sequence"}
        ]
        return {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names
        }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite"


@pytest.fixture
def catalog(file: Path) -> Iterator[Catalog]:
    """A catalog that holds ARTICLES."""
    made = Catalog(file, writable=True)
    made.create()
    put(made, *ARTICLES)
    yield made
    made.close()


@pytest.fixture(scope="module")
def read_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """A catalog that holds ARTICLES, opened for asking."""
    file = tmp_path_factory.mktemp("catalog") / "catalog.sqlite"
    maker = Catalog(file, writable=True)
    maker.create()
    put(maker, *ARTICLES)
    maker.close()
    catalog = Catalog(file, writable=False)
    yield catalog
    catalog.close()


def found(catalog: Catalog, text: str, limit: int = 10, where: Filter | None = None) -> list[str]:
    """The sources of the passages that a search finds, best first."""
    hits = catalog.search_words(text, limit, where)
    stored = catalog.passages([number for number, _ in hits])
    articles = [catalog.article(stored[number].article) for number, _ in hits]
    return [Path(item.source).stem for item in articles if item]


# What goes in comes out


def test_articles_come_back_as_they_were(catalog: Catalog) -> None:
    for item in ARTICLES:
        assert catalog.article(item.id) == item
        assert catalog.holds(item)
    assert catalog.article("0" * 16) is None
    assert catalog.count_articles() == 3


def test_passages_come_back_as_they_were_with_their_vectors(catalog: Catalog) -> None:
    ids, vectors = catalog.vectors()
    stored = catalog.passages([int(i) for i in ids])
    assert [stored[int(i)].passage for i in ids] == [p for a in ARTICLES for p in passages_of(a)]
    expected = [row for a in ARTICLES for row in range(len(passages_of(a)))]
    assert (vectors[:, 0] == [4 * row for row in expected]).all()
    some, of_some = catalog.vectors_of([int(ids[2]), 10**9])
    assert some.tolist() == [ids[2]]
    assert (of_some[0] == vectors[2]).all()
    assert catalog.article_of(int(ids[0])) == ARTICLES[0]
    assert catalog.article_of(10**9) is None


def test_counts_agree(catalog: Catalog) -> None:
    ids, _ = catalog.vectors()
    assert catalog.count_passages() == len(ids)
    assert catalog.count_passages(through=int(ids[1])) == 2
    assert catalog.count_passages(through=0) == 0
    ((after, _),) = catalog.vector_blocks(after=int(ids[1]))
    assert after.tolist() == ids[2:].tolist()


@pytest.mark.parametrize("field", ["text", "title", "author", "outlet", "published", "url"])
def test_an_article_with_anything_else_is_not_held(catalog: Catalog, field: str) -> None:
    assert not catalog.holds(Article(**{**_fields(ARTICLES[0]), field: "changed"}))


def _fields(item: Article) -> dict[str, str]:
    names = ("source", "text", "title", "author", "outlet", "published", "url")
    return {name: getattr(item, name) for name in names}


def test_the_list_is_newest_first_and_filtered(catalog: Catalog) -> None:
    entries = catalog.entries()
    assert [entry.published for entry in entries] == ["2023-05-10", "2022-09-02T08:30", None]
    first = entries[0]
    assert (first.id, first.title) == (ARTICLES[0].id, ARTICLES[0].title)
    assert first.characters == len(ARTICLES[0].text)
    assert (first.tokens, first.passages) == (7, len(passages_of(ARTICLES[0])))
    assert [e.source for e in catalog.entries(Filter(source="tarn post"))] == [
        "/news/bridge.txt",
        "/news/harvest.txt",
    ]


# Changing and removing


def test_a_new_version_takes_the_place_of_all_of_the_old_one(catalog: Catalog, file: Path) -> None:
    before = row_counts(file)
    old = {int(i) for i in catalog.vectors()[0]}
    put(catalog, article("mine", "The copper mine at Velm was sold to a quokka farmer."))
    lost = len(passages_of(ARTICLES[0]))
    after = row_counts(file)
    assert after["articles"] == before["articles"]
    assert after["passages"] == before["passages"] - lost + 1
    assert after["words"] == after["words_content"] == after["words_docsize"] == after["passages"]
    assert found(catalog, "quokka") == ["mine"]
    assert found(catalog, "shelled miners governor") == []
    assert set(catalog.removed_passages()) == old - {int(i) for i in catalog.vectors()[0]}


def test_passage_numbers_are_never_used_again(catalog: Catalog) -> None:
    highest = max(catalog.vectors()[0])
    with catalog.transaction():
        for item in ARTICLES:
            catalog.remove(item.id)
    put(catalog, ARTICLES[0])
    assert min(catalog.vectors()[0]) > highest


def test_removing_leaves_no_row_of_an_article_in_any_table(catalog: Catalog, file: Path) -> None:
    with catalog.transaction():
        catalog.remember_file("/news/mine.txt", "digest")
        for item in ARTICLES:
            assert catalog.remove(item.id)
            assert not catalog.remove(item.id)
            catalog.forget_file(item.source)
        removed = catalog.removed_passages()
    catalog.mark_indexed(0, removed, seal=0)
    counts = row_counts(file)
    assert {name for name, count in counts.items() if count} == {"marks"}
    assert found(catalog, "mine bridge harvest") == []
    assert catalog_problems(catalog) == []


def test_what_fails_in_the_middle_leaves_everything_as_it_was(catalog: Catalog, file: Path) -> None:
    before = row_counts(file)
    with pytest.raises(LibraryError), catalog.transaction() as connection:  # noqa: PT012
        catalog.remove(ARTICLES[0].id)
        connection.execute("INSERT INTO no_such_table VALUES (1)")
    assert row_counts(file) == before
    put(catalog, ARTICLES[0])


@pytest.mark.parametrize(
    ("source", "remembered", "known_after"),
    [
        ("/news/mine.txt", "/news/mine.txt", False),
        ("/news/all.jsonl#7", "/news/all.jsonl", False),
        ("/news/with#hash.txt", "/news/with#hash.txt", False),
        ("https://ridge-daily.example/velm", "/news/all.jsonl", False),
    ],
)
def test_a_file_is_read_again_when_an_article_of_it_was_removed(
    catalog: Catalog, source: str, remembered: str, known_after: bool
) -> None:
    with catalog.transaction():
        catalog.remember_file(remembered, "digest")
    assert catalog.knows_file(remembered, "digest")
    assert not catalog.knows_file(remembered, "other")
    with catalog.transaction():
        catalog.forget_file(source)
    assert catalog.knows_file(remembered, "digest") is known_after


# Words


def test_bm25_ranks_by_words_stems_and_titles(catalog: Catalog) -> None:
    assert found(catalog, "Who designed the bridge?", 1) == ["bridge"]
    assert found(catalog, "miner", 1) == ["mine"]
    assert found(catalog, "emile CAFE apple", 1) == ["harvest"]
    assert found(catalog, "opens at last")[0] == "bridge"
    scores = [score for _, score in catalog.search_words("the mine at Velm", 10)]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] > 0


def test_document_frequencies_count_passages_after_stemming(catalog: Catalog) -> None:
    texts = [p.span.of(a.text).lower() for a in ARTICLES for p in passages_of(a)]
    titled = [f"{a.title} {p.span.of(a.text)}".lower() for a in ARTICLES for p in passages_of(a)]
    assert len(texts) == catalog.count_passages()
    counts = catalog.document_frequencies(["mine", "bridge", "ostrava", "quokka", "the", "!?"])
    assert counts.pop("quokka") == 0
    assert "!?" not in counts
    for word in ("bridge", "ostrava"):
        assert counts[word] == sum(word in text for text in titled)


FUZZ = (
    '"',
    '""" "',
    "' OR 1=1; DROP TABLE articles; --",
    "AND OR NOT NEAR(",
    "NEAR(mine bridge, 3)",
    "title: mine",
    "{title body} : mine",
    "^mine",
    "mine*",
    "-mine +bridge",
    "(mine",
    "mine\x00bridge",
    "\ud83d mine \udc00",
    "👩‍👩‍👧‍👦 🇳🇴",
    "",
    " \t\n",
    "…",
    "the of and",
    "e\u0301" * 1000,
    "北京。天津",
    "mine’s o'clock ''",
    "\\ % _ ? ; /* */",
    "word " * 10_000,
    " ".join(f"word{i}" for i in range(10_000)),
    "x" * 100_000,
)


@pytest.mark.parametrize("text", FUZZ, ids=lambda text: ascii(text[:20]))
def test_no_words_are_query_syntax(read_only: Catalog, text: str) -> None:
    read_only.search_words(text, 5)
    read_only.search_words(text, 5, Filter(author="Dahl"))
    read_only.document_frequencies([text])
    literal = content_words(text)
    hits = found(read_only, text)
    if hits:
        assert {"mine", "bridge", "o'clock", "the", "of", "and"} & set(literal)


@given(st.one_of(st.text(st.characters(), max_size=200), awkward_text()))
@example('NEAR("a" "b")')
@example("_ \x00 '")
def test_any_text_may_be_searched(read_only: Catalog, text: str) -> None:
    hits = read_only.search_words(text, 5)
    assert len(hits) <= 5
    assert fts_query(text) or not hits


# Filters


@pytest.mark.parametrize(
    ("where", "sources"),
    [
        (Filter(), {"mine", "bridge", "harvest"}),
        (Filter(source="Tarn Post"), {"bridge", "harvest"}),
        (Filter(source="ridge-daily.example"), {"mine"}),
        (Filter(source="/news/br"), {"bridge"}),
        (Filter(source="Tarn Pos"), set()),
        (Filter(source="%"), set()),
        (Filter(source="' OR 1 --"), set()),
        (Filter(author="dahl"), {"mine"}),
        (Filter(author="émile"), {"bridge"}),
        (Filter(author="ÉMILE RUUD"), {"bridge"}),
        (Filter(author="\ud800"), set()),
        (Filter(published_from="2022-09-02"), {"mine", "bridge"}),
        (Filter(published_from="2022-09-03"), {"mine"}),
        (Filter(published_from="2023"), {"mine"}),
        (Filter(published_to="2022-09-02"), {"bridge"}),
        (Filter(published_to="2022-09"), {"bridge"}),
        (Filter(published_to="2022"), {"bridge"}),
        (Filter(published_to="2022-09-01"), set()),
        (Filter(published_from="2022-10", published_to="2023-05-10"), {"mine"}),
        (Filter(published_from="2024", published_to="2021"), set()),
        (Filter(articles=(ARTICLES[2].id, "nonsense")), {"harvest"}),
        (Filter(articles=("nonsense",)), set()),
        (Filter(author="dahl", source="Tarn Post"), set()),
    ],
    ids=repr,
)
def test_a_filter_lets_through(read_only: Catalog, where: Filter, sources: set[str]) -> None:
    everything = "mine bridge harvest copper wind apple frost governor company engineer"
    assert set(found(read_only, everything, 99, where)) == sources
    assert {Path(e.source).stem for e in read_only.entries(where)} == sources
    blocks = read_only.vector_blocks(where=where)
    articles = {read_only.article_of(int(i)) for ids, _ in blocks for i in ids}
    assert {Path(item.source).stem for item in articles if item} == sources


@pytest.mark.parametrize(
    "day",
    [
        "",
        "yesterday",
        "20211006",
        "2021-W40",
        "2021-13",
        "2021-02-30",
        "21",
        "2021-1-1",
        "10/06/2021",
    ],
)
@pytest.mark.parametrize("end", ["from", "to"])
def test_a_filter_by_what_is_no_date_is_refused_with_a_remedy(day: str, end: str) -> None:
    with pytest.raises(QuestionError, match=r"is not a date. Write dates as 2021-10-06"):
        Filter(published_from=day) if end == "from" else Filter(published_to=day)


def test_a_date_that_is_no_text_is_refused_like_other_wrong_dates() -> None:
    with pytest.raises(QuestionError, match=r"is not a date. Write dates as 2021-10-06"):
        Filter(published_from=date(2021, 10, 6))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "where",
    [
        Filter(source="Needle Post"),
        Filter(author="Needle"),
        Filter(published_from="2020-06"),
        Filter(published_to="2000"),
        Filter(articles=(article("needle", "x").id,)),
    ],
    ids=repr,
)
def test_filters_apply_before_the_cut(catalog: Catalog, where: Filter) -> None:
    """The article that passes the filter is the worst match of all."""
    day = "1999-01-01" if where.published_to else "2021-01-01"
    hay = {"outlet": "Hay Post", "author": "H. Stack", "published": "2010-01-01"}
    about = {"outlet": "Needle Post", "author": "N. Needle", "published": day}
    put(
        catalog,
        *(article(f"hay{i}", f"The harbour fire burned {i} boats.", **hay) for i in range(30)),
        article("needle", "A long story of other things, then a harbour. " * 2, **about),
    )
    assert "needle" not in found(catalog, "harbour fire boats", 3)
    assert set(found(catalog, "harbour fire boats", 3, where)) == {"needle"}


# Damage


def test_garbage_is_an_error_with_a_remedy(file: Path) -> None:
    file.write_bytes(b"this is not a database" * 1000)
    for writable in (False, True):
        catalog = Catalog(file, writable=writable)
        with pytest.raises(
            LibraryError, match=r"cannot be used: file is not a database.*groundwire restore"
        ):
            catalog.count_articles()
        catalog.close()


@pytest.mark.parametrize("data", [None, b""], ids=["missing", "empty"])
def test_a_missing_catalog_is_an_error_with_a_remedy(file: Path, data: bytes | None) -> None:
    if data is not None:
        file.write_bytes(data)
    catalog = Catalog(file, writable=False)
    with pytest.raises(LibraryError, match=r"cannot be used.*groundwire restore"):
        catalog.count_articles()
    assert file.exists() == (data is not None)


def test_a_page_overwritten_is_an_error_and_a_problem(catalog: Catalog, file: Path) -> None:
    catalog.close()
    data = bytearray(file.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    file.write_bytes(data)
    damaged = Catalog(file, writable=False)
    with pytest.raises(LibraryError, match="cannot be used"):
        damaged.search_words("mine", 5)
    assert catalog_problems(damaged)
    damaged.close()


def test_passages_that_the_words_lack_are_a_problem(catalog: Catalog) -> None:
    assert "full-text" not in str(catalog_problems(catalog))
    with catalog.transaction() as connection:
        connection.execute("DELETE FROM words WHERE rowid = (SELECT min(id) FROM passages)")
    assert catalog_problems(catalog) == ["1 passages are missing from the full-text index"]
