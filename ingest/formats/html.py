"""A saved web page: its article without the page around it, by trafilatura."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ingest.article import Article, clean
from ingest.errors import UnreadableSource
from ingest.formats.decode import decode
from ingest.formats.furniture import without_furniture
from ingest.formats.metadata import Metadata, metadata_of
from ingest.formats.pagedate import page_date

Element = Any  # an lxml element: lxml carries no annotations

_DECLARATION = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})"
    rb"|<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})",
    re.IGNORECASE,
)
_DECLARATION_BYTES = 4096
_PAGE_PARTS = ["//nav", "//footer[not(ancestor::article)]"]
_INLINE = frozenset(["hi", "ref", "del", "lb", "code", "graphic"])
_LINE_END = "\v"
_REMEDY = "Save the article's text as .txt or .md."
_SPACES = re.compile(r"[ \t\n\r\f]+")


def read(data: bytes, source: str) -> list[Article]:
    """The one article of a page; paragraphs, list items and table rows as lines of their own.

    Nothing is fetched. Raises UnreadableSource if the page holds no article.
    """
    page = decode(data, source, declared=_declared(data))
    try:
        blocks, metadata = _extract(page)
    except ImportError:
        raise
    except Exception as error:
        raise UnreadableSource(
            f"{source!r} cannot be read: the page is damaged: {error}.", remedy=_REMEDY
        ) from error
    if len(blocks) > 1 and metadata.title and blocks[0].casefold() == metadata.title.casefold():
        del blocks[0]
    text = clean("\n\n".join(without_furniture(blocks)))
    if not text:
        raise UnreadableSource(
            f"{source!r} cannot be read: no article was found in the page.", remedy=_REMEDY
        )
    return [metadata.article(source, text)]


def _declared(data: bytes) -> str | None:
    match = _DECLARATION.search(data[:_DECLARATION_BYTES])
    return (match[1] or match[2]).decode("ascii", "replace") if match else None


def _extract(page: str) -> tuple[list[str], Metadata]:
    """The blocks of text of a page's article, and what the page says of it."""
    from trafilatura import bare_extraction, load_html

    tree = load_html(page)
    if tree is None:
        tree = load_html(f"<html><body>{page}</body></html>")
    if tree is None:
        return [], Metadata()
    document: Any = bare_extraction(
        tree,
        include_comments=False,
        with_metadata=True,
        prune_xpath=_PAGE_PARTS,
        date_extraction_params={"extensive_search": False},
    )
    if document is None:
        return [], Metadata()
    return list(filter(None, _blocks(document.body))), _metadata(document, tree)


def _metadata(document: Any, tree: Element) -> Metadata:
    """Trafilatura's metadata, but for its date, which may be any date that the text mentions."""
    return metadata_of(
        {
            "title": document.title,
            "author": (document.author or "").split("; "),
            "outlet": document.sitename,
            "published": page_date(tree, document.url),
            "url": document.url,
            "language": tree.get("lang") or tree.get("xml:lang"),
        }
    )


def _blocks(element: Element) -> Iterator[str]:
    """The blocks of text in an element of trafilatura's tree, in the order of the page."""
    loose = [element.text or ""]
    for child in element:
        if child.tag in _INLINE:
            loose.extend(_words(child))
        else:
            yield _tidy(loose)
            loose = []
            yield from _block(child)
        loose.append(child.tail or "")
    yield _tidy(loose)


def _block(element: Element) -> Iterator[str]:
    if element.tag == "list":
        yield "\n".join(_items(element))
    elif element.tag == "table":
        yield "\n".join(_row(row) for row in element.iter("row"))
    else:
        yield from _blocks(element)


def _items(element: Element, indent: str = "") -> Iterator[str]:
    for item in element:
        yield f"{indent}- {_on_one_line(item)}"
        for nested in _lists(item):
            yield from _items(nested, indent + "  ")


def _lists(element: Element) -> Iterator[Element]:
    """The lists in an element that are not in another of its lists."""
    for child in element:
        if child.tag == "list":
            yield child
        else:
            yield from _lists(child)


def _row(row: Element) -> str:
    return f"| {' | '.join(map(_on_one_line, row.iter('cell')))} |"


def _on_one_line(element: Element) -> str:
    return " ".join(_tidy(_words(element)).split("\n"))


def _words(element: Element) -> Iterator[str]:
    """The text in an element without that of lists; blocks are kept apart, `lb` ends a line."""
    apart = "" if element.tag in _INLINE else " "
    yield _LINE_END if element.tag == "lb" else apart + (element.text or "")
    for child in element:
        if child.tag != "list":
            yield from _words(child)
        yield child.tail or ""
    yield apart


def _tidy(parts: Iterable[str]) -> str:
    lines = "".join(parts).split(_LINE_END)
    return "\n".join(_SPACES.sub(" ", line).strip() for line in lines).strip()
