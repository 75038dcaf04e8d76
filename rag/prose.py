"""Is what a language model wrote a sentence that can stand in an answer at all?"""

from __future__ import annotations

import re

from ingest.terms import content_words
from rag.checks.clause import has_main_clause
from rag.checks.tokens import word_key

SHORTENED = (
    "Mr|Mrs|Ms|Dr|Prof|St|Gen|Gov|Sen|Rep|Col|Lt|Capt|Sgt|Supt|Insp|Cllr|Rev|No"
    "|Jan|Feb|Aug|Sep|Sept|Oct|Nov|Dec"
)
"""What is written with a full stop, which does not end a sentence; a part of a pattern."""

_CUT_OFF = re.compile(rf"\b(?:{SHORTENED})\.$")
_NOT_PROSE = re.compile(
    r"https?:|www\.|[<>{}\[\]|`]|@[\w-]+\.|\b[\w-]+\.(?:com|net|org|example)\b", re.IGNORECASE
)
_QUOTED = re.compile(r"[\"“][^\"”]*[\"”]")
# "I", but not of "World War I" and "Charles I".
_SPEAKER = r"(?:^|\b(?:[a-z][\w’'-]*|As|If|But|And|So|When|While|What|Because|That)[,;:]? )I\b"
_OF_ITSELF = re.compile(
    rf"{_SPEAKER}|\b(?:[Mm]e|[Mm]y|[Ww]e|[Uu]s|[Oo]ur|I['’]m)\b"
    r"|\b[Tt]he (?:\w+ )?evidence (?:is|says|states|shows) that\b"
)
_WORD = re.compile(r"\w+")
_ASKS_FOR = re.compile(r"\b(?:who|whom|whose|what|which|when|where|why|how)\b", re.IGNORECASE)
_MAY_BE_KNOWN = re.compile(
    r"^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b|\bor\b",
    re.IGNORECASE,
)


def is_report(text: str) -> bool:
    """Whether a text is a whole sentence without address and markup, and speaks neither for the
    model itself nor of what the model was given."""
    if _NOT_PROSE.search(text) or _CUT_OFF.search(text):
        return False
    return not _OF_ITSELF.search(_QUOTED.sub("", text)) and has_main_clause(text)


def is_copy(text: str, quote: str) -> bool:
    """Whether a sentence has the words of a quote, all of them in their order and no others."""
    return _WORD.findall(text.lower()) == _WORD.findall(quote.lower())


def only_asks(text: str, question: str) -> bool:
    """Whether a sentence says no more than the question that it is to answer: "The county has
    spent on repairs" to "What has the county spent on repairs?"."""
    if not _ASKS_FOR.search(question) or _MAY_BE_KNOWN.search(question):
        return False  # "Did the county spend it?" is answered in its own words
    return _keys(text) <= _keys(question)


def _keys(text: str) -> set[str]:
    return {word_key(word) for word in content_words(text)}
