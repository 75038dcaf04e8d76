"""What an article takes back: the words that were published, and those that set them right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ingest.article import Article, Span
from ingest.split import split_sentences
from rag.words import numbers, stems

_CORRECTS = re.compile(
    r"\b(?:correct(?:ed|ions?)?|clarifications?|amended|apologi[sz]e|incorrect(?:ly)?|misstated"
    r"|(?:is|was|were) wrong|in error|mistakes?|set right)\b",
    re.IGNORECASE,
)
_HEADED = re.compile(r"^[#*_ \t]*(?:corrections?|clarifications?)\b", re.IGNORECASE | re.MULTILINE)
_PUBLISHED = re.compile(
    r"^(?:[^“\"]{0,60}[\s*_])??(?:an? (?:earlier|previous|original) (?:version|report|article)"
    r"|(?:the|this|our) (?:(?:same|first|original|earlier) )?(?:report|article|story|headline)"
    r"|we)\b(?:\([^)]*\)|[^.?!“\"(]){0,80}?"
    r"\b(?:wrote|said|saying|gave|stated|reported|called|misstated|described)\b(?: that\b)?",
    re.IGNORECASE,
)
_SETS_RIGHT = tuple(
    re.compile(words, re.IGNORECASE)
    for words in (r"\bcorrect(?:ed)?\b", r"\bin fact\b|\bshould (?:have|be)\b|\bwrong[:;,]")
)
_VERDICT_WORDS = 4  # "That is wrong."
_REACH = 3
_SAME_STATEMENT = 0.5
_LEAST_SHARED = 2


@dataclass(frozen=True, slots=True)
class Correction:
    """A sentence that says what was published, the part of it after "we wrote that", and the
    sentence that sets it right."""

    published: Span
    statement: Span
    right: Span


@lru_cache(maxsize=512)
def corrections(text: str) -> tuple[Correction, ...]:
    """What an article with this text corrects of its own or of its outlet's, in order.

    What "we wrote" counts only under the heading "Correction", or where the next sentences speak of
    a mistake.
    """
    if not _CORRECTS.search(text):
        return ()
    headed = _HEADED.search(text)
    sentences = split_sentences(text)
    found: list[Correction] = []
    for number, sentence in enumerate(sentences):
        said = _PUBLISHED.match(sentence.of(text))
        following = _until_the_next(text, sentences[number + 1 : number + 1 + _REACH])
        if said is None or not following:
            continue
        statement = Span(sentence.start + said.end(), sentence.end)
        if not stems(statement.of(text)):
            continue
        below_heading = headed is not None and headed.start() < sentence.end
        if below_heading or any(_CORRECTS.search(one.of(text)) for one in following):
            found.append(Correction(sentence, statement, _right(text, following)))
    return tuple(found)


def correction_of(text: str, sentence: Span) -> Correction | None:
    """The correction that this sentence is a part of: what was published, or what sets it right."""
    return next(
        (
            c
            for c in corrections(text)
            if sentence.overlaps(c.published) or sentence.overlaps(c.right)
        ),
        None,
    )


def is_retracted(article: Article, sentence: Span, answer: Span, others: Sequence[Article]) -> bool:
    """Whether the words at `answer` are what the sentence's article, or a later one of its outlet
    among the others, takes back.

    They are in the sentence that says what was published. Elsewhere they have its numbers, and the
    sentence some of its words; without a number, most of its words.
    """
    said, answered = sentence.of(article.text), answer.of(article.text)
    own = [c for c in corrections(article.text) if sentence.overlaps(c.published)]
    if own:
        return any(_has_its_numbers(answered, c.statement.of(article.text)) for c in own)
    return any(
        _is_the_statement(c.statement.of(other.text), said, answered)
        for other in others
        if other.id != article.id and other.outlet == article.outlet is not None
        if (article.published or "") <= (other.published or "")
        for c in corrections(other.text)
    )


def _until_the_next(text: str, sentences: Sequence[Span]) -> list[Span]:
    """The sentences up to the next one that says what was published."""
    kept: list[Span] = []
    for sentence in sentences:
        if _PUBLISHED.match(sentence.of(text)):
            break
        kept.append(sentence)
    return kept


def _right(text: str, following: Sequence[Span]) -> Span:
    """The sentence that sets right in the plainest words, else the first that says more than
    "that is wrong"."""
    telling = [one for one in following if len(one.of(text).split()) > _VERDICT_WORDS] or following
    plainest = (one for words in _SETS_RIGHT for one in telling if words.search(one.of(text)))
    return next(plainest, telling[0])


def _has_its_numbers(answer: str, statement: str) -> bool:
    """Whether the answer may be what is corrected: where a number is, it has one of them."""
    known = numbers(statement)
    return not known or bool(known & numbers(answer))


def _is_the_statement(statement: str, said: str, answer: str) -> bool:
    there, here = set(stems(statement)), set(stems(said))
    if figures := numbers(answer):
        return figures <= numbers(statement) and len((there & here) - figures) >= _LEAST_SHARED
    least = max(_LEAST_SHARED, _SAME_STATEMENT * len(there))
    return not numbers(statement) and len(there & here) >= least
