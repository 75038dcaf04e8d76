"""What every format promises: a reason for what cannot be read, and words as they were."""

from __future__ import annotations

import json

import pytest

from ingest.errors import UnreadableSource
from ingest.formats import READERS, read_articles
from ingest.formats.decode import decode
from tests.ingest.reading import WORDS, only

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"

# Every format


@pytest.mark.parametrize("suffix", READERS)
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b" \r\n\t\n ", "is empty"),
        (b"\xef\xbb\xbf\r\n", "is empty"),
        (b"\xff\xfe", "is empty"),
        (PNG, "a PNG image"),
        (b"%PDF-1.7\n1 0 obj", "a PDF document"),
        (b"PK\x03\x04" + bytes(40), "office document"),
        (bytes(range(256)) * 4, "binary data"),
    ],
)
def test_a_file_without_text_is_reported_by_name_and_reason(
    suffix: str, data: bytes, reason: str
) -> None:
    with pytest.raises(UnreadableSource, match=reason) as caught:
        read_articles(data, f"/news/a{suffix}", suffix)
    assert f"'/news/a{suffix}'" in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("suffix", "reason"), [(".xyz", r"the format '\.xyz'"), ("", "a name without a suffix")]
)
def test_an_unknown_format_is_reported_with_those_that_are_known(suffix: str, reason: str) -> None:
    with pytest.raises(UnreadableSource, match=reason) as caught:
        read_articles(b"words", "/news/a", suffix)
    assert ".txt" in caught.value.remedy
    assert ".jsonl" in caught.value.remedy


@pytest.mark.parametrize("suffix", [".TXT", ".Md", ".HTM", ".NdJson"])
def test_a_suffix_is_known_in_any_case(suffix: str) -> None:
    record = json.dumps({"text": "The ferry sank at dawn, the harbour master said."})
    assert "The ferry sank at dawn" in only(record, suffix).text


# Encodings


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", WORDS),
        ("utf-8-sig", WORDS),
        ("utf-16", WORDS),
        ("utf-32", WORDS),
        ("utf-16-le", WORDS),
        ("utf-16-be", WORDS),
        ("cp1252", WORDS),
        ("latin-1", "He paid £30 for the fiancé's naïve façade, and the mayor denied it."),
        ("cp1251", "Москва отвергла обвинения, сообщили вчера в пресс-службе ведомства."),
        (
            "cp1250",
            "Łódź i Kraków: mieszkańcy żądają źródeł i wyjaśnień od władz miasta. Prezydent Łodzi "
            "zapowiedział, że odpowiedź nadejdzie w środę, a sprawą zajmie się prokuratura.",
        ),
        ("shift_jis", "市長は火曜日に、港の壁が壊れたと発表した。負傷者はいなかった。" * 3),
    ],
)
def test_the_words_survive_every_encoding(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding), "a.txt").lstrip("\ufeff") == text


def test_one_damaged_byte_does_not_spoil_the_rest_of_utf8() -> None:
    damaged = (WORDS + "\n").encode() * 3 + b"caf\xe9\n"
    assert decode(damaged, "a.txt") == (WORDS + "\n") * 3 + "caf\ufffd\n"


def test_line_ends_are_one_character_in_every_format() -> None:
    article = only("Ferry sinks\r\n\r\nIt sank at dawn.\r\n\rNobody was hurt.\r\n", ".txt")
    assert article.text == "It sank at dawn.\n\nNobody was hurt."
