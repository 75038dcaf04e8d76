"""The words of a text that a search looks for."""

from __future__ import annotations

import re

_MOST_TERMS = 64
_TERM = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
FUNCTION_WORDS = frozenset(
    """
    a about after all also am an and any are as at be because been before being but by can could
    did do does doing for from had has have having he her here hers him his how i if in into is it
    its just me more most my no nor not now of on once only or other our out over own she should so
    some such than that the their them then there these they this those through to too up very was
    we were what when where which while who whom whose why will with would you your
    """.split()
)


def content_words(text: str) -> list[str]:
    """The words of `text` that carry meaning, in order, in lower case; all of them if none does."""
    words = [match[0].lower() for match in _TERM.finditer(text)]
    return [word for word in words if word not in FUNCTION_WORDS] or words


def fts_query(text: str, *, keep_all: bool = False) -> str:
    """The words of `text` as an FTS5 query of quoted terms joined by OR; "" if it has none."""
    words = [m[0].lower() for m in _TERM.finditer(text)] if keep_all else content_words(text)
    distinct = list(dict.fromkeys(words))[:_MOST_TERMS]
    return " OR ".join(f'"{word}"' for word in distinct)
