"""JSON and JSON Lines: records, one article each, under the field names that data sets use."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from ingest.article import Article, clean
from ingest.errors import UnreadableSource
from ingest.formats.decode import decode
from ingest.formats.metadata import first, metadata_of, one_line, place

_TEXT = ("text", "body", "content", "article", "contents", "passage")
_ID = ("id", "_id", "doc_id")
_LISTS = ("articles", "documents")
Parts = list[Article | UnreadableSource]


def read(data: bytes, source: str) -> Parts:
    """The articles of a file of JSON lines; a line that gives none is a problem that names it.

    An article's source is its own address (`source` or `url`), else the file's with `#` and its
    id, or its line's number. The second article with one source is a problem, not a new version.
    """
    return _parts(_lines(decode(data, source)), source, unit="line")


def read_document(data: bytes, source: str) -> Parts:
    """The articles of a JSON file: one object, a list of them, an object that holds the list
    as `articles`, or JSON lines under a wrong name."""
    text = decode(data, source)
    try:
        document = _parse(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            return _parts(_lines(text), source, unit="line")
        raise UnreadableSource(
            f"{source!r} cannot be read: it is not JSON: line {error.lineno}: {error.msg}.",
            remedy="Correct the file, or save it again.",
        ) from error
    except ValueError as error:
        raise UnreadableSource(
            f"{source!r} cannot be read: {error}.", remedy="Correct the file, or save it again."
        ) from error
    if isinstance(document, Mapping) and _text(document) is not None:
        return [_article(document, source, default=source)]
    return _parts(enumerate(_records(document), 1), source, unit="record")


def _parse(text: str) -> object:
    """The value of a JSON text; raises ValueError, also where nesting is too deep to follow."""
    try:
        return json.loads(text.strip().removeprefix("\ufeff"))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _lines(text: str) -> Iterator[tuple[int, object]]:
    """Each line that is not blank, with its number: its value, or the ValueError it raised."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip("\ufeff \t\r"):
            continue
        try:
            yield number, _parse(line)
        except ValueError as error:
            yield number, error


def _records(document: object) -> Iterable[object]:
    if isinstance(document, Mapping):
        lists = (document.get(name) for name in _LISTS)
        document = next((value for value in lists if isinstance(value, list)), [document])
    return document if isinstance(document, list) else [document]


def _parts(records: Iterable[tuple[int, object]], source: str, *, unit: str) -> Parts:
    """An article or a problem for each record, and never two articles with one source."""
    parts: Parts = []
    seen: dict[str, int] = {}
    for number, record in records:
        try:
            article = _article(record, source, default=f"{source}#{number}")
            if article.source in seen:
                raise ValueError(
                    f"{article.source!r} is the article of {unit} {seen[article.source]} already"
                )
        except ValueError as error:
            parts.append(_problem(f"{unit} {number}", source, error))
        else:
            seen[article.source] = number
            parts.append(article)
    if not parts:
        raise UnreadableSource(f"{source!r} holds no article.", remedy="Remove it.")
    return parts


def _article(record: object, source: str, *, default: str) -> Article:
    """The article of a record; raises ValueError with the reason if it is none."""
    if isinstance(record, ValueError):
        raise record
    if not isinstance(record, Mapping):
        raise ValueError("it is not an object with named fields")
    text = _text(record)
    if text is None:
        raise ValueError(f"none of its fields {', '.join(_TEXT)} holds text")
    identity = first(record, ("source", "url", "link"), place)
    number = first(record, _ID, one_line)
    return metadata_of(record).article(
        identity or (f"{source}#{number}" if number else default), text
    )


def _text(record: Mapping[str, object]) -> str | None:
    return first(record, _TEXT, _paragraphs)


def _paragraphs(value: object) -> str | None:
    """Text, or a list of paragraphs as text; None if it is blank."""
    if isinstance(value, list):
        value = "\n\n".join(part for part in value if isinstance(part, str))
    return (clean(value) or None) if isinstance(value, str) else None


def _problem(where: str, source: str, error: ValueError) -> UnreadableSource:
    reason = f"it is not JSON: {error.msg}" if isinstance(error, json.JSONDecodeError) else error
    return UnreadableSource(
        f"{source!r}, {where}, cannot be read: {reason}.",
        remedy="Correct it; the rest of the file was read.",
    )
