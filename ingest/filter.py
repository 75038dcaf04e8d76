"""Which articles may answer a question."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from ingest.errors import QuestionError

_DATE = re.compile(r"\d{4}(-\d\d(-\d\d([T ].*)?)?)?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles may answer. Dates are ISO and inclusive; an article without a date is
    outside every date range. `source` matches a part of the source or of the URL, or the whole
    name of the outlet; `author` a part of the name; case does not count."""

    source: str | None = None
    author: str | None = None
    published_from: str | None = None
    published_to: str | None = None
    articles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for day in (self.published_from, self.published_to):
            if day is not None:
                _check_date(day)

    def __bool__(self) -> bool:
        return self != Filter()

    def condition(self) -> tuple[str, list[str | int]]:
        """A SQL condition over `articles`, and its parameters."""
        tests: list[str] = ["1"]
        values: list[str | int] = []
        if self.source:
            tests.append(
                "(instr(folded(source), ?) OR folded(outlet) = ? OR instr(folded(url), ?))"
            )
            values += [folded(self.source) or ""] * 3
        if self.author:
            tests.append("instr(folded(author), ?)")
            values.append(folded(self.author) or "")
        if self.published_from:
            tests.append("published >= ?")
            values.append(self.published_from)
        if self.published_to:
            tests.append("substr(published, 1, ?) <= ?")
            values += [len(self.published_to), self.published_to]
        if self.articles:
            tests.append(f"articles.id IN ({','.join('?' * len(self.articles))})")
            values += self.articles
        return " AND ".join(tests), values


def folded(text: str | None) -> str | None:
    """Text without the difference of case, in any script."""
    return None if text is None else text.casefold().encode("utf-8", "replace").decode()


def _check_date(day: str) -> None:
    try:
        if not _DATE.match(day):
            raise ValueError(day)
        datetime.fromisoformat(day if len(day) > 7 else f"{day}-01-01"[:10])
    except (TypeError, ValueError) as error:
        raise QuestionError(
            f"{day!r} is not a date.", remedy="Write dates as 2021-10-06, 2021-10 or 2021."
        ) from error
