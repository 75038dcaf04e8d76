"""Plain text and Markdown: the words as they are written, titles and headers apart."""

from __future__ import annotations

import pytest

from ingest.article import Article
from ingest.errors import UnreadableSource
from ingest.formats.furniture import without_furniture
from tests.ingest.reading import only, read_file

# Text


def test_a_copied_article_loses_its_furniture_and_keeps_its_words() -> None:
    article = only(
        "Crew of the island ferry votes to strike\n"
        "By Jo Castell and Ines Dahl\n"
        "6 October 2021\n\n"
        "The owners called the vote “a mistake”\n\n"
        "PORT ELLERY: The crew voted on Friday. Comments are closed.\n\n"
        "Advertisement\n\n"
        "The owners denied it.\n\n"
        "Share this article\nFacebook\nTwitter\n\n"
        "Comments are closed.\n\nSubscribe to Newsletter\n",
        ".txt",
    )
    assert article.title == "Crew of the island ferry votes to strike"
    assert (article.author, article.published) == ("Jo Castell and Ines Dahl", "2021-10-06")
    assert article.text == (
        "The owners called the vote “a mistake”\n\n"
        "PORT ELLERY: The crew voted on Friday. Comments are closed.\n\n"
        "Advertisement\n\n"
        "The owners denied it."
    )


def test_labelled_lines_before_the_text_are_metadata() -> None:
    article = only(
        "Title: Ferry sinks\nAuthor: Jo Castell\nDate: Oct 6, 2021\nSource: Harbour Wire\n"
        "URL: https://wire.example/1\nLanguage: en\n\nIt sank at dawn.",
        ".txt",
    )
    assert article == Article(
        source="/news/a.txt",
        text="It sank at dawn.",
        title="Ferry sinks",
        author="Jo Castell",
        outlet="Harbour Wire",
        published="2021-10-06",
        url="https://wire.example/1",
        language="en",
    )


@pytest.mark.parametrize(
    "text",
    [
        "It sank at dawn.",
        "It sank at dawn.\n\nNobody was hurt.",
        "It sank at dawn\nand nobody was hurt.\n\nThe owners declined to comment.",
        "By Tuesday the water had gone.\n\nThe council thanked the crews.",
        "Comments are closed.",
        "By Jo Castell",
        "He said “no.”\n\nShe said yes.",
        "Date: 01/02/2021\nIt sank.\n\nNobody was hurt.",
        "- one\n\n- two",
        "word " * 40 + "\n\nIt sank at dawn.",
        "Source: " + "word " * 15 + "\nIt sank.",
    ],
)
def test_text_without_title_or_header_stays_whole(text: str) -> None:
    article = only(text, ".txt")
    assert article.text == text.strip()
    assert article.metadata() == Article("/news/a.txt", text).metadata()


@pytest.mark.parametrize(
    "line",
    [
        "Comments are closed.",
        "12 Comments",
        "Leave a Reply",
        "Subscribe to Newsletter",
        "Sign up for our daily newsletter",
        "Share this article",
        "ADVERTISEMENT",
        "Read more",
        "Read more: Storm closes coast road",
        "Related stories",
        "Tags: ferry, strike",
        "© 2024 The Tarnford Observer. All rights reserved.",
    ],
)
def test_what_a_page_leaves_at_the_end_is_removed(line: str) -> None:
    assert without_furniture(["It sank.", line, "Advertisement\nShare"]) == ["It sank."]


@pytest.mark.parametrize(
    "line",
    [
        "He closed the comments.",
        "Comments on the plan close on Friday.",
        "Read more widely, the head teacher told them.",
        "Subscribers to the newsletter were told first.",
        "Share prices fell.",
        "Share this article of faith, she said, and win.",
        "More news will follow on Monday.",
        "Copyright law has not changed since 1990.",
        "Register offices stay open.",
        "Related charges were dropped.",
    ],
)
def test_a_last_sentence_that_only_resembles_furniture_stays(line: str) -> None:
    assert without_furniture(["It sank.", line]) == ["It sank.", line]


# Markdown


def test_front_matter_is_metadata_and_the_rest_is_the_text() -> None:
    (article,) = read_file("recall-notice.md").articles
    assert article == Article(
        source="/news/recall-notice.md",
        text=(
            "Five products have been **recalled**, the city's health office said.\n\n"
            "## What to do\n\n- Keep the label.\n- Call the office, <b>not</b> the bakery."
        ),
        title="Bakery recalls cream slices: full list",
        author="Ines Dahl, J. R. Castell",
        outlet="Radio Calder",
        published="2024-06-15T19:30:00+01:00",
        url="https://radio.example/recall",
        language="no",
    )


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("# Ferry sinks\n\nIt sank.", "Ferry sinks", "It sank."),
        ("# Learn C# #\nIt sank.", "Learn C#", "It sank."),
        ("Ferry sinks\n===\n\nIt sank.", "Ferry sinks", "It sank."),
        ("---\ntitle: Ferry\n---\n# Other\n\nIt sank.", "Ferry", "# Other\n\nIt sank."),
        ("---\ntitle: Ferry\n---\n# FERRY\n\nIt sank.", "Ferry", "It sank."),
        ("---\ntitle: ~\n---\n# Ferry\n\nIt sank.", "Ferry", "It sank."),
        ("---\ntitle: 1984\n---\nIt sank.", "1984", "It sank."),
        (
            "It sank.\n\n# Background\n\nIt was old.",
            None,
            "It sank.\n\n# Background\n\nIt was old.",
        ),
        ("## Ferry\n\nIt sank.", None, "## Ferry\n\nIt sank."),
        ("#ferry sank today", None, "#ferry sank today"),
        ("---\n\nIt sank.\n\n---\n\nEnd.", None, "---\n\nIt sank.\n\n---\n\nEnd."),
        ("---\nIt sank.", None, "---\nIt sank."),
        ("It <!-- never closed sank.", None, "It <!-- never closed sank."),
        ("It<!-- a --> sank<!---->.", None, "It sank."),
    ],
)
def test_a_markdown_title_leaves_the_text_and_nothing_else_does(
    text: str, title: str | None, body: str
) -> None:
    article = only(text, ".md")
    assert (article.title, article.text) == (title, body)


def test_damaged_front_matter_is_reported_with_its_line() -> None:
    with pytest.raises(UnreadableSource, match=r"'/news/a\.md'.* line 3") as caught:
        only("---\ntitle: Ferry\noutlet: Wire: the\n---\nIt sank.", ".md")
    assert "colon" in caught.value.remedy


@pytest.mark.parametrize("number", ["00110000", "FFFFFFFF"])
def test_front_matter_with_a_character_that_is_none_is_reported(number: str) -> None:
    with pytest.raises(UnreadableSource, match="front matter is damaged: it is not YAML"):
        only(f'---\ntitle: "\\U{number}"\n---\nText.', ".md")


def test_front_matter_builds_no_python_objects() -> None:
    article = only("---\ntitle: !!python/object/apply:os.getcwd []\n---\nIt sank.", ".md")
    assert (article.title, article.text) == (None, "It sank.")
