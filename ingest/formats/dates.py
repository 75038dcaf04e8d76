"""Dates as articles write them -> ISO 8601, without ever guessing which number is the month."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

_MONTHS = {
    name[:3]: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|"
    r"aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_LEAD = rf"(?:(?:published|posted)(?:\s+on)?:?\s+)?{_WEEKDAY}"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_TIME = (
    r"(?:(?:T|,?\s+(?:at\s+)?|\s+[|–—-]\s+)(?P<hour>\d{1,2})[:.](?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:[.,]\d+)?)?"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?(?:\s*(?P<zone>[a-z]{1,5}|[+-]\d\d:?\d\d))?)?"
)
_FORMS = tuple(
    re.compile(form + _TIME, re.IGNORECASE | re.ASCII)
    for form in (
        rf"{_LEAD}(?P<year>\d{{4}})(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}})",
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
        rf"{_LEAD}{_DAY}(?:\s+of)?[\s-]+{_MONTH},?[\s-]+(?P<year>\d{{4}})",
        rf"{_LEAD}{_MONTH}\s+{_DAY},?\s+(?P<year>\d{{4}})",
        rf"{_LEAD}(?P<first>\d{{1,2}})(?P<mark>[-/.])(?P<second_>\d{{1,2}})(?P=mark)(?P<year>\d{{4}})",
    )
)
_LONGEST = 80


def iso_date(value: object) -> str | None:
    """The ISO date, or date and time, that `value` says; None where it is not certain.

    Takes dates, text and Unix times in seconds or milliseconds. "01/02/2021" is None, since it
    names two days; "13/02/2021" names one. A time whose zone cannot be told is left out.
    """
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _of_number(value)
    return _of_text(value) if isinstance(value, str) else None


def _of_number(value: float) -> str | None:
    if 19_000_101 <= value <= 21_001_231:
        return _of_text(str(int(value)))
    seconds = value / 1000 if value >= 1e11 else value
    if not 1e8 <= seconds < 1e10:
        return None
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()


def _of_text(value: str) -> str | None:
    line = " ".join(value.split())
    if len(line) > _LONGEST:
        return None
    match = next((m for form in _FORMS if (m := form.fullmatch(line))), None)
    day = _day(match.groupdict()) if match else None
    if match is None or day is None:
        return None
    return _with_time(day, match.groupdict())


def _day(parts: dict[str, str | None]) -> date | None:
    year = int(parts["year"] or 0)
    if parts.get("first"):
        month, day = _month_and_day(int(parts["first"] or 0), int(parts["second_"] or 0))
    else:
        name, day = (parts["month"] or "").lower(), int(parts["day"] or 0)
        month = int(name) if name.isdigit() else _MONTHS[name[:3]]
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month_and_day(first: int, second: int) -> tuple[int, int]:
    """The month and the day of two numbers in unknown order; (0, 0) if both orders are possible."""
    if first > 12 or first == second:
        return second, first
    return (first, second) if second > 12 else (0, 0)


def _with_time(day: date, parts: dict[str, str | None]) -> str | None:
    if not parts["hour"]:
        return day.isoformat()
    hour = int(parts["hour"])
    if parts["half"]:
        if not 1 <= hour <= 12:
            return day.isoformat()
        hour = hour % 12 + (12 if parts["half"].lower() == "p" else 0)
    zone = _zone(parts["zone"])
    minute, second = parts["minute"] or "00", parts["second"] or "00"
    if zone is None:
        return day.isoformat()
    try:
        moment = datetime.fromisoformat(f"{day.isoformat()}T{hour:02}:{minute}:{second}{zone}")
    except ValueError:
        return day.isoformat()
    return moment.isoformat()


def _zone(name: str | None) -> str | None:
    """The offset of a zone, "" for none given, None for one that names several offsets."""
    if not name:
        return ""
    if name.upper() in ("UTC", "GMT", "Z"):
        return "+00:00"
    return name if name[0] in "+-" else None
