"""Articles and the parts of them: small frozen values that travel between all steps."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property

from ingest.errors import UnreadableSource

_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
_LINE_ENDS = re.compile(r"\r\n?|\u2028|\u2029|\x85")


def clean(text: str) -> str:
    """The text as it is stored: line ends are "\\n", and what no reader can see is gone.

    Control characters, byte-order marks and lone surrogates are removed and the ends are
    stripped. Every other character stays as the source has it, so that a quote is the
    source's own words.
    """
    return _UNWANTED.sub("", _LINE_ENDS.sub("\n", text)).strip()


def article_id(source: str) -> str:
    """The id of the article with that source."""
    return hashlib.sha256(source.encode("utf-8")).hexdigest()[:16]


def name_of(title: str | None, source: str) -> str:
    """What to call an article: its title; without one, the last part of its source."""
    return title or source.rstrip("/").rpartition("/")[2] or source


@dataclass(frozen=True)
class Article:
    """One article: its cleaned text and what is known about it.

    `source` is its identity, a URL or a path: two articles with one source are two versions
    of one article. `published` is an ISO date or date and time, as far as the source says.
    Offsets everywhere count Unicode code points of `text`.
    """

    source: str
    text: str = field(repr=False)
    title: str | None = None
    author: str | None = None
    outlet: str | None = None
    published: str | None = None
    url: str | None = None
    language: str | None = None

    def __post_init__(self) -> None:
        for name in ("text", "title", "author", "outlet", "published", "url", "language"):
            value = getattr(self, name)
            if value is not None and value != (cleaned := clean(value)):
                object.__setattr__(self, name, cleaned)
        if not self.text:
            raise UnreadableSource(f"{self.source!r} holds no text.")
        if re.search(r"[\ud800-\udfff]", self.source):
            raise UnreadableSource(f"{self.source!r} is not Unicode text.", remedy="Rename it.")

    @cached_property
    def id(self) -> str:
        """Sixteen hexadecimal digits that identify the source."""
        return article_id(self.source)

    @cached_property
    def version(self) -> str:
        """SHA-256 of the UTF-8 text: what offsets refer to."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    @property
    def name(self) -> str:
        """What to call it: its title; without one, the last part of its source."""
        return name_of(self.title, self.source)

    def metadata(self) -> dict[str, str | None]:
        """What an answer's JSON says of an article."""
        return {
            "id": self.id,
            "title": self.title,
            "url": self.url,
            "source": self.source,
            "author": self.author,
            "outlet": self.outlet,
            "published": self.published,
            "language": self.language,
        }


@dataclass(frozen=True, slots=True)
class Span:
    """The characters `text[start:end]` of an article's text; never empty."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The words themselves."""
        return text[self.start : self.end]

    def overlaps(self, other: Span) -> bool:
        """Whether the two share a character."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one article, small enough for the embedding model's window."""

    span: Span
    sentences: tuple[Span, ...]
