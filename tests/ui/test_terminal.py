"""Text made safe for a terminal, and tables that fit."""

from __future__ import annotations

import json

import pytest

from ui.terminal import columns, one_line, safe, shortened, show_json, table


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – “text”\n\tindented", "plain – “text”\n\tindented"),
        ("\x1b[31mred\x1b[0m", "\ufffd[31mred\ufffd[0m"),
        ("\x9b31m \x07 \x7f \x00", "\ufffd31m \ufffd \ufffd \ufffd"),
        ("over\rwritten \x08", "over\ufffdwritten \ufffd"),
        ("\u202egnp.exe \u2066x\u2069", "\ufffdgnp.exe \ufffdx\ufffd"),
        ("\ud83d alone", "\ufffd alone"),
        ("عربي 北京 👩‍👩‍👧", "عربي 北京 👩‍👩‍👧"),
    ],
)
def test_nothing_steers_the_terminal(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_one_line() -> None:
    assert one_line(" a\n\n b\x85c\x1b ") == "a b c\ufffd"


def test_json_loses_nothing_and_steers_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"text": "\x1b[31m \x9b \x7f \u202e “北京” \\ \n"}
    show_json(value)
    written = capsys.readouterr().out
    assert json.loads(written) == value
    assert "“北京”" in written
    assert not set("\x1b\x9b\x7f\u202e") & set(written)


@pytest.mark.parametrize(
    ("text", "width"), [("abc", 3), ("北京", 4), ("e\u0301", 1), ("zero\u200bwidth", 9), ("", 0)]
)
def test_columns(text: str, width: int) -> None:
    assert columns(text) == width


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("北京天津", 6, "北京…"), ("ab", 1, "…")],
)
def test_shortened(text: str, width: int, shown: str) -> None:
    assert shortened(text, width) == shown


ROWS = [("ID", "TITLE", "N"), ("1", "A title that is long", "12"), ("22", "北京", "3")]


def test_a_table_without_a_width_keeps_everything() -> None:
    assert table(ROWS, flexible=1).splitlines() == [
        "ID  TITLE                 N",
        "1   A title that is long  12",
        "22  北京                  3",
    ]


def test_a_table_narrows_its_flexible_column() -> None:
    assert table(ROWS, width=20, flexible=1).splitlines() == [
        "ID  TITLE         N",
        "1   A title tha…  12",
        "22  北京          3",
    ]


def test_a_table_never_exceeds_the_width() -> None:
    assert max(map(columns, table(ROWS, width=9, flexible=1).splitlines())) == 9
