"""Rows of tables: what their columns are called stands in the table's first row."""

from __future__ import annotations

from ingest.article import Span

_EDGE = "|"


def header_of(text: str, sentence: Span) -> Span | None:
    """Where the first row of the sentence's table stands; None for a sentence that is no row.
    A table is a run of lines that begin with "|"."""
    if not text.startswith(_EDGE, sentence.start):
        return None
    first = sentence
    while (above := _line_before(text, first.start)) and text.startswith(_EDGE, above.start):
        first = above
    return first


def _line_before(text: str, start: int) -> Span | None:
    """The line above the one that begins at `start`, without blanks at its ends."""
    end = text.rfind("\n", 0, start)
    if end <= 0:
        return None
    begin = text.rfind("\n", 0, end) + 1
    line = text[begin:end]
    blanks = len(line) - len(line.lstrip())
    return Span(begin + blanks, begin + max(blanks, len(line.rstrip())))
