"""ALCE's citation recall and precision over the replies of a run.

The support function is anybody's: (premise, statement) -> bool. The default is literal: a text
supports what it contains. Verbatim answers have 1.0 by that construction, and so the figures say
something only of answers in other words, with a support function that understands them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from eval.measures import Statement, Support, citation_precision, citation_recall
from eval.records import Record
from eval.system import Reply

_MARKS = re.compile(r"((?:\s*\[\d{1,3}(?:\s*,\s*\d{1,3})*\])+)")
_NUMBER = re.compile(r"\d+")


def literally(premise: str, statement: str) -> bool:
    """Whether the premise has the statement's words, blanks apart."""
    return " ".join(statement.split()) in " ".join(premise.split())


def statements(reply: Reply) -> list[Statement]:
    """The stretches of an answer between its marks, each with what the marks after it cite.

    Marks name citations by the order in which they first stand in the text. What nothing is cited
    for is a statement without citations. Nothing for an abstention.
    """
    if not reply.answered:
        return []
    pieces = _MARKS.split(reply.text)
    numbered = [[int(n) for n in _NUMBER.findall(marks)] for marks in [*pieces[1::2], ""]]
    mentioned = dict.fromkeys(number for numbers in numbered for number in numbers)
    order = {number: at for at, number in enumerate(mentioned)}
    quotes = [cited.quote for cited in reply.citations]
    return [
        Statement(text.strip(), tuple(quotes[order[n]] for n in used if order[n] < len(quotes)))
        for text, used in zip(pieces[::2], numbered, strict=True)
        if any(map(str.isalnum, text))
    ]


def citations_that_support(
    records: Sequence[Record], support: Support = literally
) -> tuple[float | None, float | None]:
    """ALCE's citation recall and precision, each the mean over the answers that have it."""
    return _mean(records, citation_recall, support), _mean(records, citation_precision, support)


def _mean(
    records: Sequence[Record],
    measure: Callable[[Sequence[Statement], Support], float | None],
    support: Support,
) -> float | None:
    found = [measure(statements(r.reply), support) for r in records if r.reply is not None]
    known = [value for value in found if value is not None]
    return sum(known) / len(known) if known else None
