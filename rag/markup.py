"""Markdown's signs among an article's words: characters of its text that nobody reads."""

from __future__ import annotations

import re
from itertools import pairwise

from ingest.article import Span

HEADING = re.compile(r"#{1,6} +(?=\S)")
_BULLET = re.compile(r"\s*(?:[*•] +|[-+] +(?!\d)|> ?)(?=\S)")
_STRONG = re.compile(r"(\*\*|__)(?=[^\s*_])(.{1,200}?)(?<=[^\s*_])\1")
_EMPHASIS = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]{1,200}?)(?<=[^\s*])\*(?![\w*])")
_LINK = re.compile(
    r"(!?\[)((?:[^\[\]\n]){1,200})(\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?: \"[^\"\n]*\")?\))"
)
_CUT_OFF = re.compile(r"^(?:\*{2,3}|__)(?=\S)|^\*(?=\w)|(?<=[^\s*])(?:\*{1,3}|__)$")
_ALL_STRONG = re.compile(r"\*\*[^*]+\*\*:?|__[^_]+__:?")


def is_heading(quote: str) -> bool:
    """Whether a sentence is a heading, or a line that is strong all through and ends without a
    stop: it tells what follows and nothing else."""
    if _ALL_STRONG.fullmatch(quote):
        return quote.rstrip("*_:")[-1:] not in (".", "!", "?")
    return HEADING.match(quote) is not None


def signs(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Where Markdown's signs stand in `text[start:end]`, a paragraph or a part of one, in order:
    those of a heading, of links with their addresses, and of strong and emphasised words; an
    address has no other signs in it."""
    end = len(text) if end is None else end
    found = [Span(*mark.span()) for mark in [HEADING.match(text, start, end)] if mark]
    for mark in _LINK.finditer(text, start, end):
        found += [Span(*mark.span(1)), Span(*mark.span(3))]
    for pattern, inner in ((_STRONG, 2), (_EMPHASIS, 1)):
        for mark in pattern.finditer(text, start, end):
            (first, last), (opened, closed) = mark.span(), mark.span(inner)
            pair = [Span(first, opened), Span(closed, last)]
            if not any(sign.overlaps(known) for sign in pair for known in found):
                found += pair
    return sorted(found, key=lambda sign: sign.start)


def strong(text: str, start: int, end: int) -> list[Span]:
    """The words that Markdown makes strong in `text[start:end]`."""
    return [Span(*mark.span(2)) for mark in _STRONG.finditer(text, start, end)]


def outside_addresses(text: str, span: Span, within: Span) -> Span:
    """The span, drawn in or out so that it holds a link of the sentence with its address, or only
    words of the link, or none of it."""
    start, end = span.start, span.end
    for link in _LINK.finditer(text, within.start, within.end):
        (first, last), (opened, closed) = link.span(), link.span(2)
        if start <= first < end < last:
            end = last
        elif first < start < last < end:
            start = first if start < closed else last
        elif first < start < last:
            start, end = max(start, opened), min(end, closed)
    return Span(start, end) if start < end else span


def quote_signs(quote: str) -> list[Span]:
    """The signs of a sentence that stands alone: also its bullet, and a sign at its edge whose
    partner is in another sentence."""
    bullet = _BULLET.match(quote)
    first = bullet.end() if bullet else 0
    found = [Span(0, first), *signs(quote, first)] if bullet else signs(quote)
    for mark in _CUT_OFF.finditer(quote, first):
        if not any(sign.overlaps(Span(*mark.span())) for sign in found):
            found.append(Span(*mark.span()))
    return sorted(found, key=lambda sign: sign.start)


def plain(quote: str) -> str:
    """The words of a sentence without Markdown's signs; its own words where there are none."""
    edges = [0, *(edge for sign in quote_signs(quote) for edge in (sign.start, sign.end))]
    pieces = pairwise([*edges, len(quote)])
    read = "".join(quote[start:end] for number, (start, end) in enumerate(pieces) if not number % 2)
    return read if read.strip() else quote
