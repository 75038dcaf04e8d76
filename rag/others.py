"""What a sentence says of something other than what a question asks about."""

from __future__ import annotations

import re

from ingest.article import Span
from rag.tables import header_of
from rag.words import stem, stems

_NAME = r"(?:[Tt]he )?([A-ZÀ-Þ][\w’'-]*(?: (?:[A-ZÀ-Þ][\w’'-]*|\d+))*)"
_ONLY_NAMING = frozenset("name kind type sort number part one".split())
_OF_A_NAME = re.compile(rf"\b([a-z]\w+) (?:of|for) {_NAME}")


def is_of_another(question: str, text: str, sentence: Span, answer: Span) -> bool:
    """Whether the sentence says what is asked of another name, as "the capital of Nangarhar" where
    that of Afghanistan is asked for; of a table's row, whether nothing there is called so."""
    said = sentence.of(text)
    if header := header_of(text, sentence):
        said = f"{header.of(text)} {said}"
    words = set(stems(said))
    told = [(stem(found[1]), set(stems(found[2]))) for found in _OF_A_NAME.finditer(said)]
    for asked in _OF_A_NAME.finditer(question):
        if stem(asked[1]) in _ONLY_NAMING:
            continue
        if header and stem(asked[1]) not in words:
            return True
        owners = [owner for noun, owner in told if noun == stem(asked[1])]
        wanted = set(stems(asked[2]))
        if owners and not wanted & words and not any(owner & wanted for owner in owners):
            return True
    return False
