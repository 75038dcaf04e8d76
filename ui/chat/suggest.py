"""Questions to begin with, taken from what the articles report and who speaks in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ingest.article import Article
from rag.assistant import Assistant

_NAME = r"(?P<name>[A-Z][a-zà-ÿ]+(?: (?:[A-Z]\.|[a-z]{2,3}|[A-Z][a-zà-ÿ]+)){0,2} [A-Z][a-zà-ÿ]+)"
_SPEAKS = r"(?:said|told|denied|confirmed|announced|warned|argued)"
_PATTERNS = (
    (
        re.compile(
            r"\b(?P<name>[Nn]o one|[Tt]he [A-Z][\w ]{3,40}|[A-Z]\w{2,20}(?: [A-Z]\w+){0,3})"
            r" (?:has |had )?claimed responsibility for (?P<what>(?:the|an?) [^.,;“”\"]{8,60}?)[.,;]"
        ),
        "Who claimed responsibility for {what}?",
    ),
    (re.compile(rf"\b{_NAME} denied "), "What did {name} deny?"),
    (re.compile(rf"\b{_NAME}, (?:who is|the|an?) [^,.]{{8,80}}, {_SPEAKS}\b"), "Who is {name}?"),
    (re.compile(rf"\b{_NAME} {_SPEAKS}\b"), "What did {name} say?"),
)
_MOST_PER_ARTICLE = 2


def candidates(articles: Iterable[Article]) -> Iterator[str]:
    """Questions whose answers the articles seem to hold, each once, at most two for an article."""
    seen: set[str] = set()
    for article in articles:
        found = 0
        for pattern, question in _PATTERNS:
            match = pattern.search(article.text)
            if not match or found == _MOST_PER_ARTICLE:
                continue
            asked = question.format(**match.groupdict())
            subject = match.groupdict().get("what") or match["name"]
            if subject not in seen and "\n" not in asked:
                seen.add(subject)
                found += 1
                yield asked


def suggest(assistant: Assistant, articles: Iterable[Article], *, most: int = 4) -> list[str]:
    """The first candidates that the assistant answers, at most one for an article."""
    answered: list[str] = []
    for article in articles:
        for question in candidates([article]):
            if question not in answered and assistant.ask(question).answered:
                answered.append(question)
                break
        if len(answered) == most:
            break
    return answered
