"""Whether citations are the words of the source, and whether they carry what they are cited for.

Citation recall and precision are those of ALCE (Gao, Yen, Yu and Chen 2023, "Enabling Large
Language Models to Generate Text with Citations", arXiv 2305.14627), with the natural-language
inference model of the paper replaced by any function of the same kind.

For verbatim answers (extracted quotes that cite themselves) both are 1.0 by construction: a
quote supports itself. They say something about generated answers only; never headline them for
an extractive run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

Support = Callable[[str, str], bool]
"""(premise, statement) -> whether the premise supports the statement."""


class Quoted(NamedTuple):
    """A citation beside the text it cites: `article_text[start:end]` ought to be `quote`."""

    article_text: str
    start: int
    end: int
    quote: str


class Statement(NamedTuple):
    """One sentence of an answer and the texts it cites, in the order of its citations."""

    text: str
    citations: tuple[str, ...]


def citation_validity(citations: Iterable[Quoted]) -> float | None:
    """The share of citations that are exact: `article_text[start:end] == quote`; from 0 to 1.

    The promise is 1.0. Offsets count code points and lie within the text, so a negative one is
    wrong whatever it slices; an empty quote is wrong too. None where nothing is cited.
    """
    checks = [_is_exact(citation) for citation in citations]
    return _mean(checks)


def citation_recall(statements: Sequence[Statement], support: Support) -> float | None:
    """The share of an answer's statements that all of their citations together support; 0 to 1.

    The premise is the citations joined by line ends, as in ALCE's script. A statement without
    citations is not supported. None for an answer without statements. (Gao et al. 2023.)
    """
    return _mean([_is_supported(statement, support) for statement in statements])


def citation_precision(statements: Sequence[Statement], support: Support) -> float | None:
    """The share of an answer's citations that are of use; from 0 to 1.

    A citation is of use if the citations of its statement together support it, and the citation
    is not irrelevant: irrelevant is one that alone does not support the statement while the rest
    without it does. None for an answer without citations (where ALCE's script counts 0: read it
    beside `citation_recall`, which is then 0). (Gao et al. 2023.)
    """
    return _mean([use for statement in statements for use in _uses(statement, support)])


def _is_exact(citation: Quoted) -> bool:
    text, start, end, quote = citation
    return 0 <= start < end <= len(text) and text[start:end] == quote


def _is_supported(statement: Statement, support: Support) -> bool:
    premise = "\n".join(statement.citations)
    return bool(statement.citations) and support(premise, statement.text)


def _uses(statement: Statement, support: Support) -> list[bool]:
    """For each citation of the statement whether it is of use."""
    if not _is_supported(statement, support):
        return [False] * len(statement.citations)
    return [not _is_irrelevant(statement, at, support) for at in range(len(statement.citations))]


def _is_irrelevant(statement: Statement, at: int, support: Support) -> bool:
    rest = Statement(statement.text, statement.citations[:at] + statement.citations[at + 1 :])
    alone = Statement(statement.text, (statement.citations[at],))
    return not _is_supported(alone, support) and _is_supported(rest, support)


def _mean(checks: Sequence[bool]) -> float | None:
    return sum(checks) / len(checks) if checks else None
