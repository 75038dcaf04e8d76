"""Questions to begin with, taken from what the articles report and who speaks in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, zip_longest

from ingest.article import Article
from rag.assistant import Assistant

_WORD = r"[A-Z][a-zà-ÿ]+"
_NAME = (
    rf"(?P<name>(?!(?:The|Mr|Ms|Mrs|Dr|In|On|At|But|And) ){_WORD}(?: [A-Z]\.)?(?: {_WORD}){{1,2}})"
)
_SPEAKS = r"(?:said|told|denied|confirmed|announced|warned|argued)"
_EVENT = (
    r"(?P<what>(?:the|an?) (?:[\w-]+ ){0,4}(?:attacks?|bombings?|explosions?|killings?|shelling)"
    rf"(?: (?:in|at|on)(?: {_WORD})+)?)"
)
_PATTERNS = (
    (re.compile(rf"\bclaimed (?:responsibility for )?{_EVENT}"), "Who claimed {what}?"),
    (re.compile(rf"\b{_NAME} (?:has )?denied\b"), "What did {name} deny?"),
    (re.compile(rf"\b{_NAME}, (?:who is|the|an?) [^,.\n]{{8,80}}, {_SPEAKS}\b"), "Who is {name}?"),
    (
        re.compile(rf"(?:^|[.”\"] ){_NAME} (?:said|announced|warned)\b", re.M),
        "What did {name} say?",
    ),
)
_MOST_TRIED = 12


def candidates(articles: Sequence[Article]) -> Iterator[str]:
    """Questions whose answers the articles seem to hold, each kind of question in turn, at most
    one question about a person or an event."""
    kinds = [list(_of_kind(articles, *kind)) for kind in _PATTERNS]
    seen: set[str] = set()
    for found in chain.from_iterable(zip_longest(*kinds)):
        if found and found[0] not in seen:
            seen.add(found[0])
            yield found[1]


def _of_kind(
    articles: Iterable[Article], pattern: re.Pattern[str], question: str
) -> Iterator[tuple[str, str]]:
    """What is asked about, and the question; one for an article."""
    for article in articles:
        if found := pattern.search(article.text):
            (subject,) = found.groups()
            yield subject, question.format(**found.groupdict())


def suggest(assistant: Assistant, articles: Sequence[Article], *, most: int = 4) -> list[str]:
    """The first candidates that the assistant's reader finds answered. No language model is asked,
    whatever writes the answers."""
    answered: list[str] = []
    for tried, question in enumerate(candidates(articles)):
        if len(answered) == most or tried == _MOST_TRIED:
            break
        evidence = assistant.reader.read(question, assistant.search(question))
        if evidence and evidence[0].confidence >= assistant.threshold:
            answered.append(question)
    return answered
