"""Plain text: a headline, lines that say who wrote it and when, and paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ingest.article import Article, clean
from ingest.formats.dates import iso_date
from ingest.formats.decode import decode
from ingest.formats.furniture import without_furniture
from ingest.formats.metadata import Metadata, metadata_of

_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n)+")
_LABELLED = re.compile(
    r"(title|headline|author|byline|by|date|published|url|link|source|outlet|publication|language)"
    r"\s*:\s*(\S.*)",
    re.IGNORECASE,
)
_LABELS = {"by": "author"}
_BYLINE = re.compile(r"(?:by|By|BY)\s+(\S.*)")
_SMALL_WORDS = frozenset(["and", "&", "in", "the", "de", "da", "del", "van", "von", "al", "bin"])
_LONGEST_HEADER_LINE = 300
_MOST_WORDS = 12
_LONGEST_TITLE = 150


class _Parts(NamedTuple):
    """A file on its way to being an article: what is known so far, and what remains."""

    fields: dict[str, str]
    paragraphs: list[str]


def read(data: bytes, source: str) -> list[Article]:
    """The one article of a text file.

    A short first paragraph of one line, without a full stop, is the title. Lines such as
    "By Ines Dahl" or "Date: 6 October 2021" before or right after it are metadata; one that
    cannot be understood stays in the text. What a web page leaves at the end is removed.
    """
    paragraphs = _BLANK_LINES.split(clean(decode(data, source)))
    fields, paragraphs = _take_byline(_take_title(_take_header(paragraphs)))
    return [metadata_of(fields).article(source, "\n\n".join(without_furniture(paragraphs)))]


def _take_header(paragraphs: Sequence[str]) -> _Parts:
    """The leading header lines of the first paragraph, taken out of it."""
    lines = paragraphs[0].split("\n")
    fields: dict[str, str] = {}
    kept: list[str] = []
    while lines and (found := _header_field(lines[0])):
        line = lines.pop(0)
        if not _usable(*found) or fields.setdefault(*found) != found[1]:
            kept.append(line)
    remainder = "\n".join([*kept, *lines])
    if not remainder and len(paragraphs) == 1:
        return _Parts({}, list(paragraphs))
    return _Parts(fields, [*([remainder] if remainder else []), *paragraphs[1:]])


def _take_title(parts: _Parts) -> _Parts:
    fields, paragraphs = parts
    if "title" in fields or len(paragraphs) < 2:
        return parts
    headline, *below = paragraphs[0].split("\n")
    if not _is_title(headline) or not _all_header(below):
        return parts
    rest = ["\n".join(below)] if below else []
    return _Parts({**fields, "title": headline}, [*rest, *paragraphs[1:]])


def _take_byline(parts: _Parts) -> _Parts:
    """The paragraph after the title, if it says nothing but who wrote the article and when."""
    fields, paragraphs = parts
    lines = paragraphs[0].split("\n")
    if "title" not in fields or len(paragraphs) < 2 or not _all_header(lines):
        return parts
    found = dict(filter(None, map(_header_field, reversed(lines))))
    if any(fields.get(name, value) != value for name, value in found.items()):
        return parts
    return _Parts({**found, **fields}, paragraphs[1:])


def _all_header(lines: Sequence[str]) -> bool:
    return all((found := _header_field(line)) is not None and _usable(*found) for line in lines)


def _header_field(line: str) -> tuple[str, str] | None:
    """The name and the value in a header line; None if it is a line of the article."""
    line = line.strip()
    if len(line) > _LONGEST_HEADER_LINE:
        return None
    if labelled := _LABELLED.fullmatch(line):
        label = labelled[1].lower()
        return _LABELS.get(label, label), labelled[2]
    byline = _BYLINE.fullmatch(line)
    if byline and _is_names(byline[1]):
        return "author", byline[1]
    return ("date", line) if iso_date(line) else None


def _usable(name: str, value: str) -> bool:
    """Whether a field's value says what its name promises."""
    brief = name in ("title", "headline") or len(value.split()) <= _MOST_WORDS
    return brief and metadata_of({name: value}) != Metadata()


def _is_names(value: str) -> bool:
    words = re.split(r"[\s,]+", value)
    return (
        len(words) <= _MOST_WORDS
        and not value.endswith((".", "?", "!", ":"))
        and all(word[:1].isupper() or word.lower() in _SMALL_WORDS for word in words)
    )


def _is_title(line: str) -> bool:
    line = line.strip()
    ends_a_sentence = line.rstrip("”’\"'»)").endswith((".", ":", ";", ",", "…"))
    return len(line) <= _LONGEST_TITLE and not ends_a_sentence and line[:1] not in "-*•|#>"
