"""JSON and JSON Lines: an article of each record, and which record cannot be read."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from ingest.errors import UnreadableSource
from ingest.formats import read_articles
from ingest.formats.metadata import web_address
from tests.ingest.reading import only, read_file


def test_a_line_that_cannot_be_read_is_reported_by_number_and_the_rest_goes_on() -> None:
    reading = read_file("harbour-wire.jsonl")
    assert [(article.source, article.text) for article in reading.articles] == [
        (
            "/news/harbour-wire.jsonl#hw-1",
            "The crew of the island ferry will vote on Friday.\n\nThe owners declined to comment.",
        ),
        ("https://wire.example/4", "First paragraph.\n\nSecond paragraph."),
        ("/news/harbour-wire.jsonl#8", "No id at all, so the line counts."),
    ]
    assert [problem.message for problem in reading.problems] == [
        "'/news/harbour-wire.jsonl', line 2, cannot be read: it is not JSON: "
        "Unterminated string starting at.",
        "'/news/harbour-wire.jsonl', line 4, cannot be read: none of its fields text, body, "
        "content, article, contents, passage holds text.",
        "'/news/harbour-wire.jsonl', line 5, cannot be read: '/news/harbour-wire.jsonl#hw-1' is "
        "the article of line 1 already.",
        "'/news/harbour-wire.jsonl', line 7, cannot be read: it is not an object with named "
        "fields.",
    ]
    assert all(problem.remedy for problem in reading.problems)


def test_the_field_names_of_data_sets_are_understood() -> None:
    article = read_file("harbour-wire.jsonl").articles[0]
    assert article.title == "Ferry crew to vote on strike"
    assert article.author == "Jo Castell"
    assert article.outlet == "Harbour Wire"
    assert article.published == "2024-05-14T07:05:00+00:00"
    assert article.language == "en"


@pytest.mark.parametrize(
    ("record", "source", "outlet", "url"),
    [
        ({"source": "AP"}, "/news/a.json", "AP", None),
        ({"source": {"id": "ap", "name": "AP"}}, "/news/a.json", "AP", None),
        ({"source": "/n/1.txt"}, "/n/1.txt", None, None),
        ({"source": "https://a.example/1"}, "https://a.example/1", None, "https://a.example/1"),
        (
            {"link": "https://a.example/1", "id": 4},
            "https://a.example/1",
            None,
            "https://a.example/1",
        ),
        ({"url": "javascript:alert(1)", "id": 4}, "/news/a.json#4", None, None),
    ],
)
def test_a_source_field_is_an_address_or_an_outlet(
    record: dict[str, object], source: str, outlet: str | None, url: str | None
) -> None:
    article = only(json.dumps({**record, "text": "It sank."}), ".json")
    assert (article.source, article.outlet, article.url) == (source, outlet, url)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda records: json.dumps(records),
        lambda records: json.dumps({"status": "ok", "articles": records}, indent=2),
        lambda records: "\n".join(map(json.dumps, records)),
    ],
    ids=["a list", "an object that holds the list", "lines under a wrong name"],
)
def test_a_json_file_gives_all_its_articles(wrap: Callable[[list[object]], str]) -> None:
    records: list[object] = [{"id": n, "text": f"Sentence {n}.\u2028"} for n in (1, 2, 3)]
    reading = read_articles(wrap(records).encode(), "/a.json", ".json")
    assert [article.source for article in reading.articles] == [
        "/a.json#1",
        "/a.json#2",
        "/a.json#3",
    ]
    assert reading.problems == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[{"text": "It sank."},\n {"text": ', "not JSON: line 2"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "holds no article"),
        ('{"text": ' + "9" * 5000 + "}", "digits"),
    ],
)
def test_a_damaged_json_file_is_reported(text: str, reason: str) -> None:
    with pytest.raises(UnreadableSource, match=reason):
        read_articles(text.encode(), "/a.json", ".json")


def test_a_line_separator_inside_a_record_does_not_end_its_line() -> None:
    line = json.dumps({"id": "1", "text": "It sank.\u2028At dawn.\u0085"}, ensure_ascii=False)
    assert only(line + "\r\n", ".jsonl").text == "It sank.\nAt dawn."


def test_metadata_is_one_line_without_what_no_reader_sees() -> None:
    record = {"title": " Ferry\n sinks\x00 \ud83d", "id": "a\ud83db", "text": "It sank."}
    article = only(json.dumps(record), ".jsonl")
    assert (article.title, article.source) == ("Ferry sinks", "/news/a.jsonl#ab")


@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "file:///etc/passwd", "www.a.example", "https://a b", "", 7]
)
def test_only_web_addresses_become_urls(value: object) -> None:
    assert web_address(value) is None
