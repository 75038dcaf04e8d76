"""Article text -> sentences and passages, with exact offsets.

Sentence boundaries come from sentencex. What news needs beyond it is here: lines that are units
of their own (headlines, list items, table rows), and text that was wrapped at a column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from ingest.article import Passage, Span

SPLITTING = 2
"""The number of this way to split, which a library remembers. Who changes where sentences or
passages end raises it, and `groundwire upgrade` splits anew what was split before."""

TokenCounter = Callable[[Sequence[str]], list[int]]
"""Texts -> the number of tokens of each, by the embedding model's own tokenizer."""

_BLANK_LINE = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")
_OWN_UNIT = re.compile(r"\s*(?:[-*•–—+]\s|\d{1,3}[.)]\s|[A-Za-z][.)]\s|\||#{1,6}\s|>)")
_CLOCK_THEN_DAY = re.compile(
    r"\b[ap]\.m\.\s+(?=(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|(?:GMT|UTC|E[SD]?T|local)\b)"
)
# Titles before a name, and words before a number, that sentencex takes for a sentence's end.
_TITLE = re.compile(
    r"\b(?:Ms|Mx|Amb|Atty|Attys|Gens|Profs|Cllr|Ald|Const|Cmdt|Cpt|Pte|Spc|Bdr|Flt|Wg|Sqn|Revd|Ven"
    r"|Sra|Srta|Dra|Ste|Ft)\.\s+(?=[^\W\d_])|\b(?:Vols?|Ch|Figs|Nos|Arts|approx|est)\.\s+(?=\d)"
)
_CLOSING_EMPHASIS = re.compile(r"(?:\*{1,3}|_{1,3})(?=\s)")
_LIST_MARK = re.compile(r"\A(?:\d{1,3}|[A-Za-z])\.(?=\s)")
_WRAP_COLUMN = 120
_SHORTEST_WRAPPED_LINE = 40
_LONGEST_SENTENCE = 2_000


def split_sentences(text: str, language: str = "en") -> list[Span]:
    """The sentences of `text`, in order, without the white space around them.

    Every character that is not white space is in exactly one sentence. A headline, a list item
    and a table row are sentences of their own; lines that were wrapped at a column are not.
    """
    sentences: list[Span] = []
    for unit in units(text):
        sentences.extend(_sentences_of_unit(text, unit, language))
    return sentences


def split_passages(
    text: str, count_tokens: TokenCounter, *, max_tokens: int, language: str = "en"
) -> list[Passage]:
    """Runs of whole sentences of at most `max_tokens` tokens each, in order, covering all of them.

    A passage ends at the paragraph that comes nearest to filling it, so that paragraphs stay
    together where they can. A sentence that alone exceeds `max_tokens`, or 2,000 characters (a
    tokenizer may count a word of any length as one unknown token), is cut between words (inside
    a word only where the word itself is too long); its parts are then sentences.
    """
    sentences = split_sentences(text, language)
    counts = count_tokens([sentence.of(text) for sentence in sentences])
    pieces: list[Span] = []
    sizes: list[int] = []
    for sentence, tokens in zip(sentences, counts, strict=True):
        fits = tokens <= max_tokens and sentence.end - sentence.start <= _LONGEST_SENTENCE
        parts = [sentence] if fits else _cut(text, sentence, count_tokens, max_tokens)
        pieces.extend(parts)
        sizes.extend([tokens] if len(parts) == 1 else count_tokens([p.of(text) for p in parts]))
    runs = _halve_too_long(text, _pack(text, pieces, sizes, max_tokens), count_tokens, max_tokens)
    return [Passage(Span(run[0].start, run[-1].end), tuple(run)) for run in runs]


def units(text: str) -> Iterator[Span]:
    """The stretches that no sentence crosses: paragraphs, or their lines where lines count."""
    start = 0
    for gap in [*_BLANK_LINE.finditer(text), None]:
        end = gap.start() if gap else len(text)
        yield from _units_of_paragraph(text, start, end)
        start = gap.end() if gap else end


def _units_of_paragraph(text: str, start: int, end: int) -> Iterator[Span]:
    lines = list(_lines(text, start, end))
    wrapped = _is_wrapped([line.of(text) for line in lines])
    unit_start = start
    for line in lines[1:]:
        if not wrapped or _OWN_UNIT.match(text, line.start):
            yield from _stripped(text, unit_start, line.start)
            unit_start = line.start
    yield from _stripped(text, unit_start, end)


def _lines(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop + 1
        yield Span(start, stop)
        start = stop


def _is_wrapped(lines: Sequence[str]) -> bool:
    """Whether line ends are only a column's edge: every full line is about as long as the rest."""
    lengths = [len(line.rstrip()) for line in lines]
    return bool(lengths[:-1]) and (
        max(lengths) <= _WRAP_COLUMN and min(lengths[:-1]) >= _SHORTEST_WRAPPED_LINE
    )


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    part = text[start:end]
    if part.strip():
        start += len(part) - len(part.lstrip())
        yield Span(start, start + len(part.strip()))


def _sentences_of_unit(text: str, unit: Span, language: str) -> Iterator[Span]:
    from sentencex import segment

    hidden = unit.of(text).replace("\n", " ")
    for pattern in (_CLOCK_THEN_DAY, _TITLE, _LIST_MARK):
        hidden = pattern.sub(lambda m: m[0].replace(".", "_"), hidden)
    ends: list[int] = []
    for sentence in segment(language, hidden):
        end = (ends[-1] if ends else unit.start) + len(sentence)
        if ends and (closing := _CLOSING_EMPHASIS.match(sentence)):
            ends[-1] += closing.end()  # "**Turnout.** It fell." is cut after the asterisks
        ends.append(end)
    for start, end in pairwise([unit.start, *ends]):
        yield from _stripped(text, start, end)


def _cut(text: str, sentence: Span, count_tokens: TokenCounter, max_tokens: int) -> list[Span]:
    """A too long sentence in parts that fit, each as long as halving finds."""
    parts: list[Span] = []
    start = sentence.start
    while start < sentence.end:
        size = min(sentence.end - start, _LONGEST_SENTENCE)
        while size > 1 and count_tokens([text[start : start + size]])[0] > max_tokens:
            size //= 2
        end = _back_to_space(text, start, start + size, sentence.end)
        parts.extend(_stripped(text, start, end))
        start = end
    return parts


def _back_to_space(text: str, start: int, end: int, limit: int) -> int:
    if end >= limit:
        return limit
    spaces = [m.end() for m in re.finditer(r"\s", text[start:end])]
    return start + spaces[-1] if spaces else end


def _pack(
    text: str, pieces: Sequence[Span], sizes: Sequence[int], max_tokens: int
) -> list[list[Span]]:
    """Runs of pieces, filled greedily by the sum of their sizes; a full run is closed at its last
    paragraph end if that leaves it at least half full."""
    runs: list[list[Span]] = []
    run: list[tuple[Span, int]] = []
    for piece, size in zip(pieces, sizes, strict=True):
        while run and sum(s for _, s in run) + size > max_tokens:
            kept = _paragraph_cut(text, [*(p for p, _ in run), piece])
            runs.append([p for p, _ in run[:kept]])
            run = run[kept:]
        run.append((piece, size))
    return [*runs, [p for p, _ in run]] if run else runs


def _paragraph_cut(text: str, run: Sequence[Span]) -> int:
    """How many pieces of a run, of which the last does not fit, make the passage."""
    full = run[-2].end - run[0].start
    for kept in range(len(run) - 1, 0, -1):
        between = text[run[kept - 1].end : run[kept].start]
        if "\n" in between and run[kept - 1].end - run[0].start >= full / 2:
            return kept
    return len(run) - 1


def _halve_too_long(
    text: str, runs: Sequence[list[Span]], count_tokens: TokenCounter, max_tokens: int
) -> list[list[Span]]:
    """The runs as they are where they fit as a whole, else halved: token counts need not add up."""
    counts = count_tokens([text[run[0].start : run[-1].end] for run in runs])
    fitting: list[list[Span]] = []
    for run, tokens in zip(runs, counts, strict=True):
        if tokens <= max_tokens or len(run) == 1:
            fitting.append(run)
        else:
            halves = [run[: len(run) // 2], run[len(run) // 2 :]]
            fitting.extend(_halve_too_long(text, halves, count_tokens, max_tokens))
    return fitting
