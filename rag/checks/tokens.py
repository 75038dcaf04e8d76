"""A text as the tokens that a claim is checked by: words by stem, numbers and dates by value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ingest.terms import FUNCTION_WORDS
from rag.checks.irregular import BASE_FORMS
from rag.checks.numerals import SMALL_NUMBERS, numeral
from rag.mentions import DAYS, TITLES
from rag.words import stem

Kind = Literal["number", "date", "name", "word", "function"]

_RAW = re.compile(
    r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?::\d\d)?(?:\.\d+)?|[%$£€]"
    r"|[^\W\d_](?:\.[^\W\d_])+\b|[^\W\d_]+(?:['’][^\W\d_]+)*"
)
_CURRENCIES = {"$": "dollar", "£": "pound", "€": "euro"}
_LONGEST_NUMBER = 12  # words
_MONTHS = """january february march april may june july august september october november
    december""".split()
_MONTH_NUMBERS = {
    **{month: number for number, month in enumerate(_MONTHS, start=1)},
    **{month[:3]: number for number, month in enumerate(_MONTHS, start=1)},
    "sept": 9,
}
_HOURS = {form: hour for hour in range(1, 13) for form in (list(SMALL_NUMBERS)[hour], str(hour))}
_WEEKDAYS = {day.lower() for day in DAYS}
_TIME_ZONES = frozenset({"GMT", "UTC", "BST", "CET", "EST", "PST"})
_NEVER_NAMES = frozenset(
    """above according although among another behind below beneath beside besides between beyond
    both despite during each either every few inside last like many most near neither next
    outside several since under unlike within without""".split()
)
_ORDINAL_ENDINGS = frozenset({"st", "nd", "rd", "th"})
_LONGEST_ABBREVIATION = 6
_ABBREVIATION = re.compile(
    r"\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Prof|Sen|Gen|Rep|Gov|Lt|Col|No|Jan|Feb|Aug|Sept?|Oct|Nov|Dec)\.$"
)
PREPOSITIONS = frozenset(
    """about after against as at because before by during for from in into of on over since through
    to under until upon when while with without""".split()
)
_OPENING = frozenset("\"“‘'«(–—:")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, name, number or date of a text, where it stands, and what it is compared by.

    `key` is a stem, "#35" for a number, "@8-28" for a day, "@8" for a month, "~9:30" for a time
    of day. `start` and `end` count code points. `sentence` counts the sentences of the text.
    """

    text: str
    start: int
    end: int
    kind: Kind
    key: str

    @property
    def lower(self) -> str:
        """The words in lower case, with straight apostrophes."""
        return self.text.lower().replace("’", "'")


def tokens(text: str) -> list[Token]:
    """The tokens of `text`, in order."""
    raw = [Token(m[0], m.start(), m.end(), "word", "") for m in _RAW.finditer(text)]
    found: list[Token] = []
    at = 0
    while at < len(raw):
        token, used = _read(text, raw, at)
        found.append(token)
        at += used
    return found


def _read(text: str, raw: Sequence[Token], at: int) -> tuple[Token, int]:
    """The token that begins with raw word `at`, and how many raw words it takes."""
    for reader in (_clock, _date, _number):
        found = reader(text, raw, at)
        if found is not None:
            kind, key, used = found
            start, end = raw[at].start, raw[at + used - 1].end
            return Token(text[start:end], start, end, kind, key), used
    word = raw[at]
    key = word_key(_CURRENCIES.get(word.text, word.text))
    return Token(word.text, word.start, word.end, _kind(text, raw, at), key), 1


Found = tuple[Kind, str, int]


def _clock(text: str, raw: Sequence[Token], at: int) -> Found | None:
    """9:30, 9:30 p.m., 7.50 a.m., half past nine, five to eleven."""
    words = [token.lower for token in raw[at : at + 4]]
    if words[:2] == ["a", "quarter"]:
        found = _clock(text, raw, at + 1)
        return (*found[:2], found[2] + 1) if found else None
    spoken = len(words) > 2 and (words[1] == "past" or (words[1] == "to" and _at_time(raw, at)))
    if spoken and words[2] in SMALL_NUMBERS:
        minutes = {"half": 30, "quarter": 15, **SMALL_NUMBERS}.get(words[0])
        if minutes is not None:
            hour = SMALL_NUMBERS[words[2]] - (words[1] == "to")
            minute = minutes if words[1] == "past" else 60 - minutes
            return "date", f"~{hour or 12}:{minute:02}", 3
    if words[:1] in (["noon"], ["midday"]) or words[:1] == ["midnight"]:
        return "date", "~0:00" if words[0] == "midnight" else "~12:00", 1
    if words[1:2] == ["o'clock"] and words[0] in _HOURS:
        return "date", f"~{_HOURS[words[0]]}:00", 2
    half_day = len(words) > 1 and words[1].replace(".", "") in ("am", "pm")
    match = re.fullmatch(r"(\d\d?)(?:([:.])(\d\d))?", words[0])
    if match and (match[2] == ":" or half_day) and int(match[1]) < 25:
        return (
            "date",
            f"~{_hour(int(match[1]), half_day and words[1][0] == 'a')}:{match[3] or '00'}",
            1 + half_day,
        )
    return None


def _hour(hour: int, early: bool) -> int:
    """The hour on a clock of twelve, where 12 is noon and 0 midnight."""
    return hour if hour == 12 and not early else hour % 12


def _at_time(raw: Sequence[Token], at: int) -> bool:
    return at > 0 and raw[at - 1].lower in ("at", "by", "before", "after", "until", "till", "about")


def _date(text: str, raw: Sequence[Token], at: int) -> Found | None:
    """August 28, 28 August, Aug. 28th, the 28th of August, 2021-08-28, and a month alone."""
    iso = re.match(r"(\d{4})-(\d\d)-(\d\d)\b", text[raw[at].start :])
    if iso and at + 2 < len(raw):
        return "date", f"@{int(iso[2])}-{int(iso[3])}", 3
    words = [token.lower for token in raw[at : at + 4]] + [""] * 4
    if words[0].isdecimal() and 0 < int(words[0]) < 32:
        skip = 1 + (words[1] in _ORDINAL_ENDINGS)
        skip += words[skip] == "of"
        if (month := _month(raw, at + skip)) is not None:
            return "date", f"@{month}-{int(words[0])}", skip + 1
    if (month := _month(raw, at)) is not None:
        if words[1].isdecimal() and 0 < int(words[1]) < 32 and not _is_counted(raw, at + 1):
            return "date", f"@{month}-{int(words[1])}", 2 + (words[2] in _ORDINAL_ENDINGS)
        return "date", f"@{month}", 1
    return None


def _month(raw: Sequence[Token], at: int) -> int | None:
    """The month that raw word `at` names; "may" and "march" only with a capital inside a text."""
    if at >= len(raw) or not raw[at].text[:1].isupper():
        return None
    word = raw[at].lower
    if word in ("may", "march", "mar") and at == 0:
        return None
    return _MONTH_NUMBERS.get(word)


def _is_counted(raw: Sequence[Token], at: int) -> bool:
    return at + 1 < len(raw) and raw[at + 1].lower in ("per", "percent", "%")


def _number(text: str, raw: Sequence[Token], at: int) -> Found | None:
    """35, 4,128, thirty-five, two and a half million, 2.5m, a dozen, half, 40 per cent, 19th."""
    found = numeral(_joined(raw, at), raw[at - 1].lower if at else "")
    if found is None:
        return None
    value, used = found
    words = [token.lower for token in raw[at + used : at + used + 3]] + [""] * 3
    if words[0] in _ORDINAL_ENDINGS and raw[at + used].start == raw[at + used - 1].end:
        return "number", f"#{value:g}", used + 1
    if words[0] in ("m", "k") and raw[at + used].start == raw[at + used - 1].end:
        return "number", f"#{value * {'m': 1e6, 'k': 1e3}[words[0]]:.10g}", used + 1
    if words[0] in ("percent", "%") or words[:2] == ["per", "cent"]:
        return "number", f"#{value / 100:.10g}", used + 1 + (words[0] == "per")
    if _opens_percentages(text, raw, at + used):
        return "number", f"#{value / 100:.10g}", used
    if words[0] in ("cents", "cent", "pence"):
        return "number", f"#{value / 100:.10g}", used + 1
    return "number", f"#{value:.10g}", used


def _opens_percentages(text: str, raw: Sequence[Token], at: int) -> bool:
    """Whether a number before raw word `at` is the first of two percentages: "4-7%", "4 to 7%"."""
    if at + 2 < len(raw) and raw[at].lower == "to":
        at += 1
    elif at + 1 >= len(raw) or text[raw[at - 1].end : raw[at].start] not in ("-", "–"):
        return False
    return raw[at].text[0].isdecimal() and raw[at + 1].lower in ("%", "percent", "per")


def _joined(raw: Sequence[Token], at: int) -> list[str]:
    """The words from raw word `at` on between which is no more than a space or a hyphen."""
    last = at + 1
    while last < min(len(raw), at + _LONGEST_NUMBER) and raw[last].start - raw[last - 1].end <= 1:
        last += 1
    return [token.lower for token in raw[at:last]]


def _kind(text: str, raw: Sequence[Token], at: int) -> Kind:
    word = raw[at]
    if word.lower in FUNCTION_WORDS or word.lower.endswith("n't"):
        return "function"
    if not word.text[0].isupper() or word.lower.strip(".") in _TITLE_WORDS:
        return "word"
    if word.text in _TIME_ZONES or word.lower in _NEVER_NAMES:
        return "word"
    if word.lower in _WEEKDAYS:
        return "date"
    before = text[: word.start].rstrip()
    opens = (
        not before
        or before[-1] in _OPENING
        or (before[-1] in ".!?" and not ends_in_abbreviation(before))
    )
    if not opens or sum(map(str.isupper, word.text)) > 1:
        return "name"
    follows = raw[at + 1] if at + 1 < len(raw) else None
    joined = follows is not None and text[word.end : follows.start] == " "
    return "name" if joined and follows is not None and follows.text[0].isupper() else "word"


def _opens(before: str) -> bool:
    """Whether the next word has its capital from standing first."""
    if not before or before[-1] in _OPENING:
        return True
    return before[-1] in ".!?" and not ends_in_abbreviation(before)


_TITLE_WORDS = {title.lower() for title in TITLES}


def ends_in_abbreviation(text: str) -> bool:
    """Whether the full stop that ends `text` belongs to an abbreviation or an initial."""
    return bool(_ABBREVIATION.search(text[-_LONGEST_ABBREVIATION:]))


@lru_cache(maxsize=50_000)
def word_key(word: str) -> str:
    """What a word is compared by: the stem of its base form, without accents or full stops."""
    plain = unicodedata.normalize("NFKD", word.replace(".", "").replace("’", "'"))
    bare = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    return stem(BASE_FORMS.get(bare, bare))
