"""The table of formats: which reader turns a file's bytes into articles.

A format is one module with `read(data, source)`: it gives the articles of a file in their
order, puts an `UnreadableSource` in the place of a part that cannot be read, and raises one
when nothing can. A new format is a module and a row of `READERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ingest.article import Article
from ingest.errors import UnreadableSource
from ingest.formats import html, jsonl, markdown, text

Reader = Callable[[bytes, str], Sequence[Article | UnreadableSource]]

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        ".txt": text.read,
        ".md": markdown.read,
        ".markdown": markdown.read,
        ".html": html.read,
        ".htm": html.read,
        ".jsonl": jsonl.read,
        ".ndjson": jsonl.read,
        ".json": jsonl.read_document,
    }
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file gave: its articles in order, and the parts that could not be read."""

    articles: tuple[Article, ...]
    problems: tuple[UnreadableSource, ...] = ()


def read_articles(data: bytes, source: str, suffix: str) -> Reading:
    """The articles of a file with the bytes `data`, read as `suffix` (".md") says.

    No two articles of a reading have one source. Raises UnreadableSource for an unknown suffix
    and for data that no article can be read from: empty, binary, damaged.
    """
    parts = reader_of(source, suffix)(data, source)
    return Reading(
        articles=tuple(part for part in parts if isinstance(part, Article)),
        problems=tuple(part for part in parts if isinstance(part, UnreadableSource)),
    )


def reader_of(source: str, suffix: str) -> Reader:
    """The reader for `suffix`, in any case; raises UnreadableSource if there is none."""
    reader = READERS.get(suffix.lower())
    if reader is None:
        kind = f"the format {suffix!r}" if suffix else "a name without a suffix"
        raise UnreadableSource(
            f"{source!r} cannot be read: {kind} is not supported.",
            remedy=f"Convert it to one of {', '.join(READERS)}.",
        )
    return reader
