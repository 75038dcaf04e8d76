"""Whether a free answer contains the right words, how long it is, and whether it cites them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from eval.measures.tokens import ARTICLES, CITATION_MARK, comparable_tokens
from ingest.article import Span

Part = Sequence[str]
"""The aliases of one thing that the answer must name: any one of them will do."""


class ArticleSpan(NamedTuple):
    """A stretch of one article's text; `article` is its id."""

    article: str
    span: Span


def contains_answer(answer_text: str, parts: Sequence[Part]) -> bool:
    """Whether every part is met: one of its aliases stands in the answer, as whole tokens.

    Tokens are those of `comparable_tokens`: no case, accents, punctuation or citation marks, and
    numbers by value, so that "thirty-five" is "35" and "5" is not in "35". Articles between the
    words are passed over. No stemming, no synonyms: what else may be said belongs in the aliases.

    A longer answer contains more: always report it with `words`. An empty
    answer contains nothing. Raises ValueError where there is nothing to look for (no parts, or a
    part with no alias that holds a letter or digit); such a question is one for the abstention
    measures. The idea is answer recall of open-domain question answering (Chen et al. 2017,
    arXiv 1704.00051), extended to answers of several parts.

    >>> contains_answer("Thirty-five people died, officials said [5].", [["35"]])
    True
    >>> contains_answer("Thirty-five people died, officials said [5].", [["5"]])
    False
    """
    wanted = [_aliases(part) for part in _some(parts)]
    text = comparable_tokens(answer_text)
    return all(any(_stands_in(alias, text) for alias in aliases) for aliases in wanted)


def words(answer_text: str) -> int:
    """The number of words: runs of non-space that hold a letter or digit, citation marks not.

    From 0, which is what an empty text gives.
    """
    return sum(any(map(str.isalnum, run)) for run in CITATION_MARK.sub(" ", answer_text).split())


def evidence_precision(cited: Iterable[ArticleSpan], gold: Iterable[ArticleSpan]) -> float | None:
    """The share of citations that overlap a gold quote of the same article; from 0 to 1.

    A span cited twice counts once. None where nothing is cited. One shared character is an
    overlap, so a citation of a whole article is right wherever the quote is: report it with the
    length of what is cited. (Supporting-fact precision, Yang et al. 2018, arXiv 1809.09600, with
    spans for sentences.)
    """
    right = list(gold)
    return _share([_overlaps_any(citation, right) for citation in dict.fromkeys(cited)])


def evidence_recall(cited: Iterable[ArticleSpan], gold: Iterable[ArticleSpan]) -> float | None:
    """The share of gold quotes that a citation of the same article overlaps; from 0 to 1.

    None where the question has no gold quote; 0.0 where it has and nothing is cited. (Yang et
    al. 2018, as `evidence_precision`.)
    """
    given = list(cited)
    return _share([_overlaps_any(quote, given) for quote in dict.fromkeys(gold)])


def _overlaps_any(one: ArticleSpan, others: Iterable[ArticleSpan]) -> bool:
    return any(one.article == other.article and one.span.overlaps(other.span) for other in others)


def _share(hits: Sequence[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None


# Matching


def _some(parts: Sequence[Part]) -> Sequence[Part]:
    if isinstance(parts, str) or any(isinstance(part, str) for part in parts):
        raise ValueError(f"Parts are lists of aliases, as in [['35']], not {parts!r}.")
    if not parts:
        raise ValueError("There is no part to look for: the question has no gold answer.")
    return parts


def _aliases(part: Part) -> list[list[str]]:
    """The aliases as tokens; articles are kept only at the end, where they name ("Vitamin A")."""
    aliases = [tokens for alias in part if (tokens := comparable_tokens(alias))]
    if not aliases:
        raise ValueError(f"No alias in {list(part)!r} holds a letter or digit.")
    return [[t for t in tokens[:-1] if t not in ARTICLES] + tokens[-1:] for tokens in aliases]


def _stands_in(alias: Sequence[str], text: Sequence[str]) -> bool:
    return any(_stands_at(alias, text, start) for start in range(len(text)))


def _stands_at(alias: Sequence[str], text: Sequence[str], at: int) -> bool:
    """Whether the alias begins at token `at`; articles between its words may be passed over."""
    for word in alias:
        while at < len(text) and text[at] != word and text[at] in ARTICLES:
            at += 1
        if at == len(text) or text[at] != word:
            return False
        at += 1
    return True
