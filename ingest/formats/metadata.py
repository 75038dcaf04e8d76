"""What a file says about its article -> the fields of an article, tidied."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from ingest.article import Article, clean
from ingest.formats.dates import iso_date

T = TypeVar("T")

_ALIASES: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "headline"),
    "author": ("author", "authors", "byline"),
    "outlet": (
        *("outlet", "source_name", "publisher", "publication"),
        *("site", "site_name", "source"),
    ),
    "published": (
        *("published", "date", "publish_date", "published_at", "pub_date"),
        *("date_published", "publication_date"),
    ),
    "url": ("url", "link", "canonical", "canonical_url", "source"),
    "language": ("language", "lang"),
}
_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_PLACE = re.compile(r"https?://|/|[A-Za-z]:[\\/]", re.IGNORECASE)
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9_-]+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What is known of an article besides its text."""

    title: str | None = None
    author: str | None = None
    outlet: str | None = None
    published: str | None = None
    url: str | None = None
    language: str | None = None

    def article(self, source: str, text: str) -> Article:
        """The article at `source`; raises UnreadableSource if `text` is blank."""
        return Article(
            source=source,
            text=text,
            title=self.title,
            author=self.author,
            outlet=self.outlet,
            published=self.published,
            url=self.url,
            language=self.language,
        )


def metadata_of(fields: Mapping[str, object]) -> Metadata:
    """The metadata in named fields, by the first alias of each that holds something usable.

    Names are compared without case and punctuation: `publishedAt` is `published_at`. A field
    `source` is the url if it is an address, and the outlet if it is a name.
    """
    return Metadata(
        title=first(fields, _ALIASES["title"], one_line),
        author=first(fields, _ALIASES["author"], names),
        outlet=first(fields, _ALIASES["outlet"], _outlet),
        published=first(fields, _ALIASES["published"], iso_date),
        url=first(fields, _ALIASES["url"], web_address),
        language=first(fields, _ALIASES["language"], language_code),
    )


def first(
    fields: Mapping[str, object], aliases: tuple[str, ...], convert: Callable[[object], T | None]
) -> T | None:
    """The first of `aliases` in `fields` that `convert` makes something of."""
    by_name = {_bare(name): value for name, value in reversed(list(fields.items()))}
    values = (convert(by_name.get(_bare(alias))) for alias in aliases)
    return next((value for value in values if value is not None), None)


def one_line(value: object) -> str | None:
    """Text, a number, or the `name` of an object, as one line; None if there is nothing in it."""
    if isinstance(value, Mapping):
        value = value.get("name")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return " ".join(clean(str(value)).split()) or None


def names(value: object) -> str | None:
    """One name or several, joined by commas, without the word "By" before them."""
    values = value if isinstance(value, list | tuple) else [value]
    lines = [line for line in map(one_line, values) if line]
    return ", ".join(re.sub(r"^by[\s:]+", "", line, flags=re.IGNORECASE) for line in lines) or None


def web_address(value: object) -> str | None:
    """An http or https address; None for anything else, such as a script."""
    line = one_line(value)
    return line if line and _ADDRESS.fullmatch(line) else None


def place(value: object) -> str | None:
    """An http or https address or an absolute path, as the identity of an article."""
    line = one_line(value)
    return line if line and _PLACE.match(line) else None


def language_code(value: object) -> str | None:
    """The two or three letters of a language tag: "en" for "en-GB"."""
    match = _LANGUAGE.fullmatch(one_line(value) or "")
    return match[1].lower() if match else None


def _outlet(value: object) -> str | None:
    return None if place(value) else one_line(value)


@lru_cache(maxsize=1024)
def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
