"""Rows of tables: what their columns are called stands in the table's first row."""

from __future__ import annotations

import re

from ingest.article import Span
from rag.kinds import is_polar

_EDGE = "|"
_SAYS_NOTHING = re.compile(
    r"(?:not|none|nothing) (?:recorded|known|given|reported|available|applicable|stated)\b.*"
    r"|unknown|none|n/?a|[-–—]+",
    re.IGNORECASE,
)
_YES_OR_NO = re.compile(r"(?:yes|no)\b", re.IGNORECASE)


def header_of(text: str, sentence: Span) -> Span | None:
    """Where the first row of the sentence's table stands; None for a sentence that is no row.
    A table is a run of lines that begin with "|"."""
    if not text.startswith(_EDGE, sentence.start):
        return None
    first = sentence
    while (above := _line_before(text, first.start)) and text.startswith(_EDGE, above.start):
        first = above
    return first


def is_silent_cell(question: str, text: str, sentence: Span, answer: Span) -> bool:
    """Whether the words at `answer` are a table's cell that says nothing ("not recorded"), or for
    yes or no one that says neither."""
    if not text.startswith(_EDGE, sentence.start):
        return False
    said = answer.of(text)
    if is_polar(question):
        return not _YES_OR_NO.match(said)
    return _SAYS_NOTHING.fullmatch(said) is not None


def _line_before(text: str, start: int) -> Span | None:
    """The line above the one that begins at `start`, without blanks at its ends."""
    end = text.rfind("\n", 0, start)
    if end <= 0:
        return None
    begin = text.rfind("\n", 0, end) + 1
    line = text[begin:end]
    blanks = len(line) - len(line.lstrip())
    return Span(begin + blanks, begin + max(blanks, len(line.rstrip())))
