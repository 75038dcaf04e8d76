"""What the words that point back may mean: the names and things of earlier exchanges."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.checks.irregular import BASE_FORMS
from rag.mentions import GROUP_WORDS, Mention, mentions, plain_phrases
from rag.pronouns import THING, bound, of_other_gender
from rag.turns import Exchange
from rag.words import stems

_ASKS_WHO = re.compile(r"^(?:(?:by|for|from|to|with|of) )?(?:who|whom|whose)\b", re.I)
_SOMEBODY = re.compile(r"(?:an?|the) ((?:[a-z-]+ )?[a-z-]+)", re.I)
_ASKS_WHO_IT_IS = re.compile(r"(?i:who (?:is|was|are|were)) (?:the )?[A-Z]")
_ASKS_WHICH = re.compile(r"\b(?:which|what|where)\b", re.I)
_ASKS_WHERE = re.compile(
    r"\b(?:where|(?:which|what) (?:\w+ )?(?:site|place|town|city|village))\b", re.I
)
_ASKS_WHEN = re.compile(r"\b(?:when|what (?:date|day|time|year)|which (?:day|month|year))\b", re.I)
_COUNTED = re.compile(r"\bhow many ((?:(?!of\b)[a-z-]+ )?[a-z]+s|people)\b", re.I)
_ASKED_KIND = re.compile(
    r"^(?:what|which) (?!time|date|day|month|year|place|reason|kind|sort)((?:[a-z-]+ )?[a-z]+)"
    r" (?:is|was|did|does|has|had)\b",
    re.I,
)
_ROLE = re.compile(
    r"\b(?:which|what|the) ((?:[a-z]+ )?(?:man|woman|person|farmer|officer|director|minister|mayor"
    r"|scholar|guard|engineer|doctor|leader|spokesman|spokeswoman|secretary|judge|manager"
    r"|driver))\b",
    re.I,
)
_SUBJECT = re.compile(
    r"^(?:(?:for )?how (?:much|big|large|long|old|far|high|heavy)|what|when|where)"
    r"(?: (?:is|was|are|were)|['’]s) (the (?:[a-z-]+ ){0,2}?"
    r"[a-z-]+)(?= (?:for|of|in|on|at|to|from|by)\b|\?|$)",
    re.I,
)
_PAST_LAST = re.compile(rf" (?:{'|'.join(sorted(BASE_FORMS))}|[a-z]{{2,}}[^e]ed)$")
_ABOUT = re.compile(r".*\babout ((?!that\b|this\b|it\b|them\b)[^?]+)\?*$")
BRACKETS = re.compile(r" \([^()]*\)")
_MOST_KEYS = 2


def names_in_short(turn: Exchange) -> list[Mention]:
    """The names of a short answer, whose first word has its capital of its own."""
    return mentions(f"about {turn.short}") if turn.short else []


def person_meant(earlier: Sequence[Exchange], pronoun: str) -> str | None:
    """Who "he" or "she" is."""
    said = " ".join(text for turn in earlier for text in turn.texts)
    for turn in reversed(earlier):
        short = names_in_short(turn)
        asks = _ASKS_WHO.search(turn.question) and not _ASKS_WHO_IT_IS.match(turn.question)
        roles = bool(asks or _ROLE.search(turn.question))
        if roles and turn.short and short and short[0].kind not in ("group", "time"):
            name = _fuller(turn.short, turn)
            if not of_other_gender(name, pronoun, said):
                return name
        if asks and turn.short and (somebody := _SOMEBODY.fullmatch(turn.short)):
            return f"the {somebody[1]}"
        spoken_of = (*mentions(turn.question), *mentions(turn.answer))
        people = [
            m.text
            for m in spoken_of
            if m.kind == "person" and not of_other_gender(m.text, pronoun, said)
        ]
        if people:
            return people[0]
        if role := _ROLE.search(turn.question):
            return f"the {role[1].lower()}"
    return None


def thing_meant(earlier: Sequence[Exchange], *, answer_first: bool) -> str | None:
    """What "it" is; `answer_first` where it rather means what was answered than asked about. An
    "it" after an "it" goes on meaning the same."""
    for place in range(len(earlier), 0, -1):
        turn, before = earlier[place - 1], earlier[: place - 1]
        if answer_first and (answered := _answered_thing(turn)):
            return answered
        typed = turn.typed or ""
        if (
            THING.search(typed)
            and not bound(THING, typed)
            and (same := thing_meant(before, answer_first=True))
        ):
            return same
        if thing := _asked_thing(turn) or _answered_thing(turn):
            return thing
    return None


def matter_meant(earlier: Sequence[Exchange]) -> str | None:
    """What "that" is where something is said of it or done with it: what the last question asked
    about, or else the thing without a name that it spoke of."""
    last = earlier[-1]
    if asked_about := _ABOUT.match(BRACKETS.sub("", last.question)):
        return asked_about[1]
    thing = _asked_thing(last)
    return thing if thing and thing.islower() and thing.split()[-1] not in GROUP_WORDS else None


def two_meant(earlier: Sequence[Exchange]) -> str | None:
    """Which "of the two" are meant: the name that the last question put in the place of another,
    and that one."""
    if len(earlier) < 2:
        return None
    before, last = (mentions(BRACKETS.sub("", turn.question)) for turn in earlier[-2:])
    old, new = (
        [m.text for m in one if m not in other] for one, other in ((before, last), (last, before))
    )
    return f"{old[0]} and {new[0]}" if len(old) == len(new) == 1 else None


def plural_meant(earlier: Sequence[Exchange]) -> str | None:
    """Who "they" are."""
    for turn in reversed(earlier):
        if counted := _COUNTED.search(turn.question):
            return f"the {counted[1]}"
        several = [m for m in _named(turn) if m.kind == "group" or m.text.endswith("s")]
        if several:
            return several[0].text
        plural = [p for p in plain_phrases(turn.question) if re.search(r"[^s]s$", p)]
        if plural:
            return plural[-1]
    return None


def place_meant(earlier: Sequence[Exchange]) -> str | None:
    """Where "there" is."""
    for turn in reversed(earlier):
        named = [m.text for m in mentions(turn.question) if m.kind == "place"]
        if turn.short and _ASKS_WHERE.search(turn.question):
            site = turn.short if names_in_short(turn) else f"the {turn.short}"
            return ", ".join([site, *named[:1]])
        if named:
            return named[-1]
        if found := [m.text for m in _named(turn) if m.kind == "place"]:
            return found[0]
    return None


def time_meant(earlier: Sequence[Exchange]) -> str | None:
    """When "then" is."""
    for turn in reversed(earlier):
        if turn.short and _ASKS_WHEN.search(turn.question):
            return turn.short
        if times := [m.text for m in _named(turn) if m.kind == "time"]:
            return times[0]
    return None


def group_called(noun: str, generic: str, earlier: Sequence[Exchange]) -> str | None:
    """The group that "the union" or "the group" is: one whose name has the noun, or the one spoken
    of last for a noun that fits any."""
    for turn in reversed(earlier):
        groups = [m.text for m in _named(turn) if m.kind == "group"]
        named = [group for group in groups if noun in group.lower().split()]
        if named:
            return named[0]
        if groups and re.fullmatch(generic, noun):
            return groups[0]
    return None


def key_phrases(question: str, earlier: Sequence[Exchange]) -> list[str]:
    """The names, or else the things, of the last question and its short answer that this question
    lacks: at most two."""
    last = earlier[-1]
    content = set(stems(question))
    own = BRACKETS.sub("", last.question)
    named = [m.text for m in (*names_in_short(last), *mentions(own)) if m.kind != "time"]
    handed_on = [m.text for m in mentions(last.question) if m.kind != "time"]
    texts = named or plain_phrases(own) or handed_on
    return [text for text in dict.fromkeys(texts) if not set(stems(text)) <= content][:_MOST_KEYS]


def _named(turn: Exchange) -> Iterator[Mention]:
    """The names of an exchange: the short answer's, the question's, the answer's."""
    yield from names_in_short(turn)
    yield from mentions(turn.question)
    yield from mentions(turn.answer)


def _answered_thing(turn: Exchange) -> str | None:
    short = names_in_short(turn)
    asks = _ASKS_WHICH.search(turn.question) and not _ASKS_WHEN.search(turn.question)
    return turn.short if asks and short and short[0].kind not in ("person", "time") else None


def _asked_thing(turn: Exchange) -> str | None:
    """What the question asks the measure or nature of, else the last thing it speaks of."""
    if subject := _SUBJECT.match(turn.question):
        return _PAST_LAST.sub("", subject[1])
    kind = _ASKED_KIND.match(turn.question)
    if kind and not _ROLE.search(kind[0]) and not _names_a_person(turn):
        return f"the {kind[1].lower()}"
    names = [m.text for m in mentions(turn.question) if m.kind not in ("person", "time")]
    things = [*names, *plain_phrases(turn.question)]
    places = {thing: turn.question.lower().rfind(_bare(thing)) for thing in things}
    return max(things, key=lambda thing: places[thing], default=None)


def _names_a_person(turn: Exchange) -> bool:
    return any(name.kind == "person" for name in names_in_short(turn)[:1])


def _bare(phrase: str) -> str:
    return phrase.removeprefix("the ").lower()


def _fuller(short: str, turn: Exchange) -> str:
    """A person's whole name, where the answer has it."""
    whole = [m.text for m in mentions(turn.answer) if m.kind == "person"]
    return next((name for name in whole if name.endswith(f" {short}")), short)
