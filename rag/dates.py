"""Days that are named from where somebody stands: "yesterday", "last week", "on Tuesday"."""

from __future__ import annotations

import re
from calendar import month_abbr, month_name
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from rag.answer import Citation
from rag.mentions import DAYS

_NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()
_COUNT = rf"(?<![\d.,])(?P<count>\d{{1,3}}|{'|'.join(_NUMBERS)})"
_MONTHS = "|".join([*month_name[1:], *month_abbr[1:], "Sept"])
_DATED = rf",? (?:the \d|(?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)? )?(?:{_MONTHS})\b)"
_RELATIVE = re.compile(
    rf"\b(?P<day>the day before yesterday|yesterday|today|tonight|tomorrow)\b"
    rf"|\b(?P<which>last|this|next) (?P<unit>week|month|year)\b"
    rf"|\b(?P<weekday>(?:last |on )(?:{'|'.join(DAYS)}))\b(?!{_DATED})"
    rf"|\bin the (?:last|past) {_COUNT} (?P<units>day|week|month|year)s\b"
    rf"|\b{_COUNT.replace('count', 'ago')} (?P<agounit>day|week|month|year)s? ago\b"
    r"(?P<sharp> today)?",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[,;:.!?()“”\"–—]|\b(?:said|says|told|announced|reported|that|who|which|after|before|when)\b",
    re.IGNORECASE,
)
_TO_COME = re.compile(r"(?:\b(?:will|shall)|['’]ll)\b(?! have\b)", re.IGNORECASE)
_PERHAPS_TO_COME = re.compile(
    r"\b(?:will|would|should|could|can|may|might|must|due|expected|planned|scheduled|set|hope[sd]?"
    r"|plans?|(?:is|are|was|were|has|have|had) to)\b",
    re.IGNORECASE,
)
_DAY_STEPS = {
    "the day before yesterday": -2,
    "yesterday": -1,
    "today": 0,
    "tonight": 0,
    "tomorrow": 1,
}
_WHICH = {"last": -1, "this": 0, "next": 1}


@dataclass(frozen=True, slots=True)
class Days:
    """The days from `first` to `last`, inclusive."""

    first: date
    last: date

    @property
    def iso(self) -> str:
        """ISO, a range as FROM/TO."""
        first, last = self.first.isoformat(), self.last.isoformat()
        return first if first == last else f"{first}/{last}"


def dates_in(text: str, stands: date) -> dict[str, Days]:
    """The relative days of a text that was written on the day `stands`, by their words.

    A weekday is the last one before that day, or the day itself; after "will", the next one.
    Weekdays that have a date beside them are left out, and so are those that may be to come, as
    after "would", and days that no calendar has.
    """
    found: dict[str, Days] = {}
    for words in _RELATIVE.finditer(text):
        with suppress(ValueError, OverflowError):
            if days := _days(words, stands):
                found[words[0]] = days
    return found


def dates_of(citations: Iterable[Citation]) -> Mapping[str, str]:
    """What the relative days in quotes are, by the dates of their articles; words that two
    articles use of different days are left out."""
    found: dict[str, set[str]] = {}
    for citation in citations:
        stands = day_of(citation.article.published)
        if stands is not None:
            for words, days in dates_in(citation.quote, stands).items():
                found.setdefault(words, set()).add(days.iso)
    return {words: next(iter(days)) for words, days in found.items() if len(days) == 1}


def dated(question: str, today: date) -> tuple[str, date | None]:
    """A question with the days it means in place of "yesterday", and the first of these days; as
    it is, and None, where it has none or they are to come. "On Thursday" is left alone: who asks
    of articles means theirs."""
    days = dates_in(question, today)
    past = {
        words: found
        for words, found in days.items()
        if found.first <= today and not words.lower().startswith("on ")
    }
    for words, found in past.items():
        question = question.replace(words, f"{words} ({in_words(found.iso)})", 1)
    return question, min((found.first for found in past.values()), default=None)


def day_of(published: str | None) -> date | None:
    """The day of an ISO date or time; None where there is no whole day."""
    try:
        return date.fromisoformat((published or "")[:10])
    except ValueError:
        return None


def in_words(days: str | None) -> str | None:
    """ "5 October 2021", "16 to 22 November 2026" for ISO days."""
    if not days:
        return None
    first, _, last = days.partition("/")
    start, end = date.fromisoformat(first), date.fromisoformat(last or first)
    if start == end:
        return f"{start.day} {start:%B %Y}"
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day} to {end.day} {end:%B %Y}"
    return f"{start.day} {start:%B %Y} to {end.day} {end:%B %Y}"


def _days(found: re.Match[str], stands: date) -> Days | None:
    if day := found["day"]:
        one = stands + timedelta(days=_DAY_STEPS[day.lower()])
        return Days(one, one)
    if found["weekday"]:
        return _weekday(found, stands)
    if unit := found["unit"]:
        return _calendar(unit.lower(), _WHICH[found["which"].lower()], stands)
    if units := found["units"]:
        return Days(_back(units.lower(), _number(found["count"]), stands), stands)
    unit, count = found["agounit"].lower(), _number(found["ago"])
    if unit == "day" or found["sharp"]:
        one = _back(unit, count, stands)
        return Days(one, one)
    return _calendar(unit, -count, stands)


def _weekday(found: re.Match[str], stands: date) -> Days | None:
    before, name = found["weekday"].lower().split()
    back = (stands.weekday() - DAYS.index(name.capitalize())) % 7
    clause = _CLAUSE.split(found.string[: found.start()])[-1]
    if before == "last":
        one = stands - timedelta(days=back or 7)
    elif back and _TO_COME.search(clause):
        one = stands + timedelta(days=7 - back)
    elif _PERHAPS_TO_COME.search(clause):
        return None
    else:
        one = stands - timedelta(days=back)
    return Days(one, one)


def _back(unit: str, count: int, stands: date) -> date:
    """The day that is `count` days, weeks, months or years before; in a month that is shorter, its
    last day."""
    if unit in ("day", "week"):
        return stands - timedelta(days=count * (7 if unit == "week" else 1))
    there = _calendar("month", -count * (12 if unit == "year" else 1), stands)
    return there.first.replace(day=min(stands.day, there.last.day))


def _calendar(unit: str, step: int, stands: date) -> Days:
    """The calendar week (from Monday), month or year that is `step` away."""
    if unit == "week":
        monday = stands - timedelta(days=stands.weekday() - 7 * step)
        return Days(monday, monday + timedelta(days=6))
    if unit == "year":
        return Days(date(stands.year + step, 1, 1), date(stands.year + step, 12, 31))
    months = stands.year * 12 + stands.month - 1 + step
    first, following = _month(months), _month(months + 1)
    return Days(first, following - timedelta(days=1))


def _month(months: int) -> date:
    return date(months // 12, months % 12 + 1, 1)


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS.index(word.lower()) + 1
