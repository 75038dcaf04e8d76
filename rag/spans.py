"""Span logits -> words: the best span of each sentence, in whole words and balanced quotes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.article import Span
from rag.markup import outside_addresses

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

MAX_SPAN_TOKENS = 24
# How much less likely than their union (in logits) two rival spans may be to be told apart.
RIVAL_MARGIN = 1.0
_NOWHERE = -1
_EDGES = " \t\n\r ,;:!?.…-–—*_|"
_PAIRS = {"(": ")", "[": "]", "{": "}", "“": "”", "«": "»"}
_CLOSERS = {closer: opener for opener, closer in _PAIRS.items()}
_ABBREVIATED = re.compile(
    r"(?:\b(?:[^\W\d_]\.){2,}|\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|Inc|Ltd|Co|Corp|Bros|Gen|Lt|Col|Sgt)\.)$"
)
# A run of letters and digits; scripts that put no blanks between words are left as they are.
_RUN = r"(?:(?![\u3040-\u30ff\u3400-\u9fff])\w)+"
_WORD_OR_NUMBER = re.compile(
    rf"[$€£¥]\s?\d+(?:[.,]\d+)*%?|(?<![\w.,])\d+(?:[.,:]\d+)*%|(?<![\w.,])\d+(?:[.,:]\d+)+|{_RUN}"
)


@dataclass(frozen=True)
class TokenScores:
    """The span logits of the passage's tokens in one window.

    *Shape:* `start`, `end`: (tokens,); `offsets`: (tokens, 2), each token's code points in the
    article. `null` is the logit of "no answer here", start and end together.
    """

    start: Floats
    end: Floats
    null: float
    offsets: Ints


@dataclass(frozen=True, slots=True)
class Candidate:
    """The best span of a sentence; the scores are those of `rag.confidence.Scores`."""

    sentence: Span
    span: Span
    margin: float
    share: float
    peak: float


def best_in_sentences(
    scores: TokenScores,
    text: str,
    sentences: Sequence[Span],
    *,
    max_tokens: int = MAX_SPAN_TOKENS,
    rival_margin: float = RIVAL_MARGIN,
) -> list[Candidate]:
    """A candidate for every sentence that has a token here, likeliest sentence first.

    A sentence is as likely as all spans inside it together; no span crosses a sentence's end.
    """
    groups = _sentence_of_tokens(scores.offsets, sentences)
    joint = joint_logits(scores.start, scores.end, groups, max_tokens)
    whole = _log_sum(joint)
    found: list[Candidate] = []
    for number in sorted({int(group) for group in groups} - {_NOWHERE}):
        columns = np.flatnonzero(groups == number)
        block = joint[:, columns]
        mass = _log_sum(block)
        width, column = np.unravel_index(int(block.argmax()), block.shape)
        first = int(columns[int(column)])
        first, last = prefer_rival(scores, first, first + int(width), rival_margin)
        sentence = sentences[number]
        raw = Span(int(scores.offsets[first, 0]), int(scores.offsets[last, 1]))
        peak = float(scores.start[first] + scores.end[last]) - mass
        span = tidy(text, raw, sentence)
        found.append(Candidate(sentence, span, mass - scores.null, mass - whole, peak))
    return sorted(found, key=lambda candidate: -candidate.margin)


def _sentence_of_tokens(offsets: Ints, sentences: Sequence[Span]) -> Ints:
    """The number of the sentence that holds each token, `_NOWHERE` for a token in none."""
    starts = np.array([sentence.start for sentence in sentences], np.int64)
    ends = np.array([sentence.end for sentence in sentences], np.int64)
    at = np.searchsorted(starts, offsets[:, 0], side="right") - 1
    inside = (at >= 0) & (offsets[:, 1] <= ends[np.maximum(at, 0)])
    return np.where(inside & (offsets[:, 1] > offsets[:, 0]), at, _NOWHERE)


def joint_logits(start: Floats, end: Floats, groups: Ints, max_tokens: int) -> Floats:
    """The logit of every span: row = its tokens less one, column = its first token.

    -inf where a span would leave its group, or where the first token is in none.
    """
    tokens = len(start)
    joint = np.full((min(max_tokens, tokens), tokens), -np.inf, np.float32)
    for more in range(len(joint)):
        stop = tokens - more
        allowed = (groups[:stop] == groups[more:]) & (groups[:stop] != _NOWHERE)
        joint[more, :stop] = np.where(allowed, start[:stop] + end[more:], -np.inf)
    return joint


def _log_sum(logits: Floats) -> float:
    highest = float(logits.max(initial=-np.inf))
    if highest == -np.inf:
        return highest
    return highest + float(np.log(np.exp(logits - highest).sum(dtype=np.float64)))


def prefer_rival(scores: TokenScores, first: int, last: int, margin: float) -> tuple[int, int]:
    """The tokens of the answer, end inclusive.

    Starts and ends are scored apart, so two rival answers can win together as one span from the
    start of the one to the end of the other ("Nangarhar, neighbouring Kunar"). Where both alone
    are nearly as likely as the whole, the likelier one is taken.
    """
    if first == last:
        return first, last
    second = first + 1 + int(scores.start[first + 1 : last + 1].argmax())
    break_off = first + int(scores.end[first:second].argmax())
    lost_left = float(scores.end[last] - scores.end[break_off])
    lost_right = float(scores.start[first] - scores.start[second])
    if max(lost_left, lost_right) > margin:
        return first, last
    return (first, break_off) if lost_left <= lost_right else (second, last)


def tidy(text: str, span: Span, within: Span) -> Span:
    """The span in whole words, without punctuation at its edges, its quotes, brackets and links
    closed.

    It stays inside `within` and is never empty: a span of nothing but punctuation stays as it is.
    """
    whole = outside_addresses(text, _whole_words(text, span, within), within)
    before = None
    while whole != before:
        before = whole
        whole = _balanced(text, _trimmed(text, whole), within)
    return whole if whole.start < whole.end else span


def _whole_words(text: str, span: Span, within: Span) -> Span:
    """Widened to the words and numbers that the span's ends stand in."""
    start, end = span.start, span.end
    for word in _WORD_OR_NUMBER.finditer(text, within.start, within.end):
        if word.start() < start < word.end():
            start = word.start()
        if word.start() < end < word.end():
            end = word.end()
    return Span(start, end)


def _trimmed(text: str, span: Span) -> Span:
    start, end = span.start, span.end
    while start < end and text[start] in _EDGES and not _opens_number(text, start, end):
        start += 1
    while end > start and text[end - 1] in _EDGES:
        if text[end - 1] == "." and _ABBREVIATED.search(text[start:end]):
            break
        end -= 1
    return Span(start, end)


def _opens_number(text: str, at: int, end: int) -> bool:
    """Whether the mark at `at` is the sign or the decimal point of a number."""
    return text[at] in "-–.−" and at + 1 < end and text[at + 1].isdigit()


def _balanced(text: str, span: Span, within: Span) -> Span:
    """Every quote and bracket in the span with its partner, or cut off; none round all of it."""
    inside = span.of(text)
    if len(inside) > 2 and _wraps(inside):
        return Span(span.start + 1, span.end - 1)
    lone = _lone_mark(inside)
    if lone is None:
        return span
    at = span.start + lone
    opener = inside[lone] in _PAIRS or (inside[lone] == '"' and _opens(text, at, within))
    partner = _PAIRS.get(inside[lone], _CLOSERS.get(inside[lone], '"'))
    if opener and span.end < within.end and text[span.end] == partner and lone:
        return Span(span.start, span.end + 1)
    if not opener and span.start > within.start and text[span.start - 1] == partner:
        return Span(span.start - 1, span.end)
    left, right = Span(span.start, at), Span(at + 1, span.end)
    return left if len(left.of(text).strip()) > len(right.of(text).strip()) else right


def _opens(text: str, at: int, within: Span) -> bool:
    """Whether the straight quote at `at` opens: nothing but a blank or a bracket before it."""
    return at == within.start or text[at - 1].isspace() or text[at - 1] in _PAIRS


def _wraps(inside: str) -> bool:
    """Whether the first and the last character are one pair of marks round everything between."""
    if _PAIRS.get(inside[0], '"' if inside[0] == '"' else None) != inside[-1]:
        return False
    middle = inside[1:-1]
    return '"' not in middle if inside[0] == '"' else _lone_mark(middle) is None


def _lone_mark(inside: str) -> int | None:
    """Where the first mark without a partner stands, if there is one."""
    opened: list[int] = []
    quote: int | None = None
    for at, char in enumerate(inside):
        if char == '"':
            quote = at if quote is None else None
        elif char in _PAIRS:
            opened.append(at)
        elif char in _CLOSERS:
            if not opened or _PAIRS[inside[opened[-1]]] != char:
                return at
            opened.pop()
    return opened[0] if opened else quote
