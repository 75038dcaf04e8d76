"""When a web page says that it was published: only where it says so, never from its text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ingest.formats.dates import iso_date

_META = (
    "article:published_time",
    "datepublished",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date",
    "pubdate",
    "publishdate",
    "publish-date",
    "publication_date",
    "citation_publication_date",
    "parsely-pub-date",
    "sailthru.date",
    "date",
)
_IN_ADDRESS = re.compile(r"/((?:19|20)\d\d)/(\d\d)/(\d\d)(?:/|$)")


def page_date(tree: Any, url: str | None) -> str | None:
    """The ISO date, or date and time, of publication that an lxml tree of a page states.

    Looked for in its meta elements, its JSON-LD, its `time` elements and its address. A date of
    a change is not one of publication, and neither is a date that the article mentions.
    """
    dates = (iso_date(value) for value in _candidates(tree, url))
    return next((found for found in dates if found), None)


def _candidates(tree: Any, url: str | None) -> Iterator[object]:
    yield from _in_meta(tree)
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        yield from _in_linked_data(script.text or "")
    for time in tree.iter("time"):
        role = f"{time.get('itemprop', '')} {time.get('class', '')}".lower()
        if (
            "datepublished" in role
            or "published" in role.split()
            or time.get("pubdate") is not None
        ):
            yield time.get("datetime")
    if address := _IN_ADDRESS.search(url or ""):
        yield "-".join(address.groups())


def _in_meta(tree: Any) -> Iterator[object]:
    values: dict[str, object] = {}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        values.setdefault(name.strip().lower(), meta.get("content"))
    yield from (values.get(name) for name in _META)


def _in_linked_data(text: str) -> Iterator[object]:
    """The values of `datePublished`, those of outer objects before those of inner ones."""
    try:
        level = [json.loads(text)]
    except (ValueError, RecursionError):
        return
    while level:
        objects = [value for value in level if isinstance(value, dict)]
        yield from (value["datePublished"] for value in objects if "datePublished" in value)
        lists = [value for value in level if isinstance(value, list)]
        level = [inner for value in objects for inner in value.values()]
        level += [inner for value in lists for inner in value]
