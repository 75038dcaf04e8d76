"""Names in a text, and what kind of thing each is likely to be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ingest.terms import content_words
from rag.checks.irregular import BASE_FORMS
from rag.words import NUMBER

Kind = Literal["person", "group", "place", "thing", "time"]

_WORD = r"[A-ZÀ-Þ][\w’'&-]*"
_AFTER_TITLE = r"(?:(?<=\bMr)|(?<=\bMrs)|(?<=\bMs)|(?<=\bDr)|(?<=\bProf)|(?<=\bSupt))\. "
_NAME = re.compile(
    rf"(?:\b(the|The) )?\b({_WORD} \d{{1,2}}(?![\w:-]|[.,]\d)"
    rf"|{_WORD}(?:(?: |{_AFTER_TITLE})(?:(?:of|al|de|von|van|bin|the|&) |(?:ul|al|el)-)*{_WORD})*)"
)
_NOT_NOUNS = r"(?:in|of|on|at|by|to|for|from|with|and|or|is|was|are|were|\w+ed|\w+ly|say|says|said)"
_END_OF_THING = (
    r"(?=[?,.;]|$| (?:in|of|on|at|by|to|for|from|with|about|over|after|before|when|that|which|who"
    r"|whose|is|was|are|were|did|does|do|has|have|had|say|said|come|and|or|brought)\b)"
)
_BEFORE_SUBJECT = r"(?:[Dd]o|[Dd]oes|[Dd]id|[Ww]ill|[Ww]ould|[Cc]an|[Cc]ould|[Ss]hould)"
_NOUNS_AFTER = re.compile(rf"(?: (?!{_NOT_NOUNS}\b)[a-z][\w-]+){{1,2}}{_END_OF_THING}")
_POSSESSIVE = re.compile(r"['’]s?$")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;–—]\s+|[“\"‘(]\s*)$")
_MONTHS = "January February March April May June July August September October November December"
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_TIMES = frozenset([*_MONTHS.split(), *DAYS])
TITLES = frozenset("Mr Mrs Ms Miss Dr Prof Professor Sir Lord Lady Judge Captain Inspector".split())
GROUP_WORDS = frozenset(
    """agency alliance army association authority bank board brigade club co college committee
    company corporation council court department force forces front gazette government
    group guard guards inc institute inspectorate ltd media militia ministry movement network news
    office organisation organization parliament party police post press railways register review
    service society state team tramways tribune trust union university watch wire""".split()
)
_PLACE_WORDS = frozenset(
    """airport bay bridge city coast country county dam district harbour harbor hill hospital island
    islands lake mosque museum north park port province region river road school south square
    station street town valley village""".split()
)
_BEFORE_PLACE = re.compile(r"\b(?:in|at|near|outside|inside|from|across|around|towards?)\s+$")


@dataclass(frozen=True, slots=True)
class Mention:
    """A name as it is written, without a possessive ending, and its likely kind."""

    text: str
    kind: Kind

    @property
    def stem(self) -> str:
        """The name without its article, in lower case."""
        return self.text.removeprefix("the ").lower()


def mentions(text: str) -> list[Mention]:
    """The names of a text, in order, each once."""
    return list(dict.fromkeys(_mentions(text)))


def has_name(question: str) -> bool:
    """Whether a question names something, by a capital or a number."""
    return any(True for _ in _mentions(question)) or bool(re.search(r"\d", question))


def plain_phrases(question: str) -> list[str]:
    """The definite or possessed things that a question speaks of without a name, in order."""
    found = re.finditer(
        rf"(\b{_BEFORE_SUBJECT} )?\b(?:the|their|his|her|its|an?) "
        rf"((?:(?!the |an? )[a-z][\w’'-]* ){{0,3}}?[a-z][\w-]*){_END_OF_THING}",
        question,
    )
    things = (_without_verb(m[2]) if m[1] else m[2] for m in found)
    return [f"the {one}" for one in things if content_words(one) and not NUMBER.search(one)]


def _without_verb(subject: str) -> str:
    """ "the river" where "did the river rise" asks what it did."""
    return subject.rpartition(" ")[0] or subject


def _mentions(text: str) -> Iterator[Mention]:
    for found in _NAME.finditer(text):
        start = found.start(2)
        name = found[2]
        opens = bool(_SENTENCE_START.search(text[: found.start()]))
        name = _without_opening(name, opens=opens)
        start = found.end(2) - len(name)
        name = _POSSESSIVE.sub("", name.rstrip("-&"))
        if not name or name.isdigit() or name.lower() in _NO_NAMES or not content_words(name):
            continue
        article = "the " if found[1] and found[2].startswith(name) else ""
        nouns = _NOUNS_AFTER.match(text, found.end()) if article and found[2] == name else None
        more = nouns[0] if nouns and not set(nouns[0].split()) & BASE_FORMS.keys() else ""
        kind = "thing" if more else _kind(name, text[:start])
        yield Mention(f"{article}{name}{more}", kind)


def _without_opening(name: str, *, opens: bool) -> str:
    """A name without a first word that is none ("Her office", quoted from a sentence's start), or
    that may have its capital from opening a sentence alone."""
    first, _, rest = name.partition(" ")
    plain = opens and not rest and sum(map(str.isupper, first)) < 2
    return rest if plain or first.lower() in (_OPENERS if opens else _BEFORE_NAMES) else name


_NO_NAMES = frozenset("i i'm i’m are can could did do does had has have is was were would".split())
_BEFORE_NAMES = frozenset("a an her his its my our she he it the their they this that we".split())
_OPENERS = frozenset(
    """a after an and are at before but by can could did do does during for from had has have he her
    here his how if in is it its many most my no not of on one or our she since so some that the
    their then there these they this those to was we were what what's when where which while who
    who's whom whose why will with would""".split()
)


def _kind(name: str, before: str) -> Kind:
    words = name.split()
    last = words[-1].lower()
    lowered = {word.lower() for word in words}
    if words[0] in _TIMES:
        return "time"
    if words[0].rstrip(".") in TITLES:
        return "person"
    if last in GROUP_WORDS or lowered & GROUP_WORDS or (name.isupper() and len(name) > 1):
        return "group"
    if last in _PLACE_WORDS or _BEFORE_PLACE.search(before):
        return "place"
    if 2 <= len(words) <= 4 and all(word[0].isupper() or "-" in word for word in words):
        return "thing" if re.search(r"\b(?:the|a|an)\s+$", before) else "person"
    return "thing"
