"""Text -> the tokens in which an answer and its golds compare."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from eval.measures.numbers import merge_numbers, numeral

ARTICLES = frozenset({"a", "an", "the"})

CITATION_MARK = re.compile(r"\[\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\]")
"""[2], [1, 3]: what an answer carries for its sources. It is no part of what the answer says."""

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?![\d,]*\d)|\d+)(?:\.\d+)?"
_NUMERAL = rf"(?:(?<!\w)[-−])?{_DIGITS}(?!\w)"
_WITH_UNIT = rf"{_DIGITS}[^\W\d_][^\W_]*"
_ACRONYM = r"(?<!\w)[^\W\d_](?:\.[^\W\d_])+(?!\w)\.?"
_PIECE = re.compile(rf"{_WITH_UNIT}|{_NUMERAL}|{_ACRONYM}|[^\W_]+|[^\w\s]|_")
_PLAIN_NUMERAL = re.compile(rf"[-−]?{_DIGITS}")
_PERCENT = re.compile(r"%|\bper\s+cent\b")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s?\b|(?<=s)['’](?=\s|$)")
_HYPHENS = frozenset("-‐‑")


def comparable_tokens(text: str) -> list[str]:
    """The words and numbers of `text`, in the form in which they compare.

    Case, accents, punctuation, hyphens, the possessive 's, the points of acronyms, and citation
    marks such as [2] are gone; "%" is "percent". A number is its value, however it was written:
    "35", "35.0" and "thirty-five"; "1,200" and "twelve hundred"; "1.2 million" and "1,200,000"
    (see `merge_numbers`). Articles stay. An empty list for a text without letters and digits.

    >>> comparable_tokens("Thirty-five of the U.S. Army's 1,200 died [4].")
    ['35', 'of', 'the', 'us', 'army', '1200', 'died']
    """
    plain = _POSSESSIVE.sub("", _without_accents(CITATION_MARK.sub(" ", text)).casefold())
    pieces = [_plain(piece) for piece in _PIECE.findall(_PERCENT.sub(" percent ", plain))]
    # Punctuation is dropped last, because it ends a number: "five, two hundred" is two.
    merged = merge_numbers([piece for piece in pieces if piece not in _HYPHENS])
    return [token for token in merged if any(map(str.isalnum, token))]


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _plain(piece: str) -> str:
    if _PLAIN_NUMERAL.fullmatch(piece):
        return numeral(Decimal(piece.replace(",", "").replace("−", "-")))
    if piece[0].isdigit():  # with a unit: "1,200km", "3.5m", "5th"
        return piece.replace(",", "")
    return piece.replace(".", "") if len(piece) > 1 else piece
