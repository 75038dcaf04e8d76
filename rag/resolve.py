"""A follow-up question -> the question that stands alone, and what its search weighs in.

Without a language model: pronouns and pointing words are replaced by what they most likely mean,
a fragment takes the place of its like in the question before, and where nothing can be replaced
the names that are spoken of are added. The search weighs in the history in any case.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from rag.dependence import OPENING, THEN, THERE, leans
from rag.ellipsis import ASKED, AUX, VERB, completed, literal, stated
from rag.mentions import mentions
from rag.pronouns import PERSON, PLURAL, THING, bound
from rag.referents import (
    group_called,
    key_phrases,
    matter_meant,
    person_meant,
    place_meant,
    plural_meant,
    thing_meant,
    time_meant,
    two_meant,
)
from rag.retrieve import Background
from rag.turns import Exchange
from rag.words import stems

# Chosen on the dev conversations of MT-RAG; weights of 0.05 to 0.4 differ by less than 0.02 there.
QUESTION_WORDS, ANSWER_WORDS = 0.1, 0.0
QUESTION_MEANING, ANSWER_MEANING = 0.2, 0.0
FADING = 0.5
FRAGMENT_WEIGHT = 3.0
FOCUS_BONUS = 0.1
_TURNS_WEIGHED = 3
_FEW_WORDS = 2

_SINCE = re.compile(
    r"\bin the [\w-]+ (?:hour|day|week|month|year)s? (?:since|after|before)\s*\?*$", re.I
)
_NAMED_FIRST = re.compile(
    r"^(?P<named>(?:the|his|her|its|their|this|that) [^,?]{1,40}), "
    rf"(?P<asked>(?:\w+ )?(?:{ASKED}|{AUX})\b.+)$",
    re.IGNORECASE,
)
_CLAIM = re.compile(
    r"\b(den(?:y|ies|ied)|(?:dispute|believe)[ds]?|(?:reject|confirm|contradict|doubt)(?:s|ed)?)"
    r" (?:that|this|it)(?=\s*\??$)",
    re.I,
)
_OF_TWO = re.compile(
    r"(?<=\b[wW]hich of )(?:them|the two|those|these)(?= [a-z]|\?|$)|"
    r"(?<=\bboth of )them\b|\b(?<=between )(?:the two|them)\b"
)
_MATTER = re.compile(
    r"\b(?!(?:do|did|does|done|doing|was|is|were|after|before|like|says|said|say)\b)([a-z]+) that"
    r"(?=\s*\??$| (?:at|in|on|once|when|after|before)\b)",
    re.I,
)
_GENERIC_GROUP = "group|militants|organisation|organization|militia|movement|gang"
_NAMED_GROUP = (
    "company|authority|union|council|committee|museum|agency|department|ministry|party|government"
    "|inspectorate|court|hospital|airline|operator|force|bank|paper|newspaper"
)
_CALLED = re.compile(
    rf"\b(?:the|that|this) (?P<noun>{_GENERIC_GROUP}|{_NAMED_GROUP})\b(?!['’])", re.I
)


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it is asked of the articles.

    `question` is what their sentences are read for: resolved if it `leans`, as it was typed
    otherwise. `standalone` is the same for people and for later turns, with what it is about, and
    the days that "yesterday" means, in brackets; `since` is the first of these days.
    """

    question: str
    standalone: str
    leans: bool = False
    background: Background = field(default_factory=Background)
    since: date | None = None


def understand(question: str, earlier: Sequence[Exchange]) -> Understood:
    """The question with what it leans on in the conversation, the newest exchange last."""
    if not leans(question, earlier):
        return Understood(question, question)
    resolved = resolve(question, earlier)
    weight = FRAGMENT_WEIGHT if _says_little(resolved) else 1.0
    background = replace(background_of(earlier, weight), typed=question)
    return Understood(resolved, with_topic(resolved, earlier), True, background)


def background_of(earlier: Sequence[Exchange], weight: float = 1.0) -> Background:
    """What a search weighs in beside a question that leans on these exchanges, as much as told."""
    words: list[tuple[str, float]] = []
    meaning: list[tuple[str, float]] = []
    for age, turn in enumerate(list(reversed(earlier))[:_TURNS_WEIGHED]):
        fading = weight * FADING**age
        typed = turn.typed or turn.question
        words += [(typed, fading * QUESTION_WORDS), (turn.answer, fading * ANSWER_WORDS)]
        meaning += [(typed, fading * QUESTION_MEANING), (turn.answer, fading * ANSWER_MEANING)]
    focus = dict.fromkeys(article for turn in earlier[-2:] for article in turn.articles)
    return Background(
        tuple((text, weight) for text, weight in words if text and weight),
        tuple((text, weight) for text, weight in meaning if text and weight),
        tuple(focus),
        FOCUS_BONUS,
    )


def _says_little(question: str) -> bool:
    """Whether it is a word or two that no question makes whole: "small business"."""
    return not VERB.search(question) and len(set(stems(question))) <= _FEW_WORDS


def resolve(question: str, earlier: Sequence[Exchange]) -> str:
    """The question with the words that lean on the conversation replaced by what they mean; as it
    was typed where there are none."""
    body = OPENING.sub("", question).strip() or question
    whole = completed(body, earlier[-1], opened=body != question)
    resolved = whole or _with_referents(_with_claim(_put_in(body), earlier[-1]), earlier)
    return question if resolved == question else _sentence(resolved)


def with_topic(resolved: str, earlier: Sequence[Exchange]) -> str:
    """A resolved question with what the last one was about in brackets, as far as it lacks it."""
    missing = key_phrases(resolved, earlier)
    return f"{resolved.rstrip(' ?.')} ({', '.join(missing)})?" if missing else resolved


def _put_in(body: str) -> str:
    """ "The clock, did they find it?" -> "Did they find the clock?": what is named first in the
    place of the first word that means it."""
    if not (found := _NAMED_FIRST.match(body)):
        return body
    named, asked = found["named"], found["asked"]
    several = re.search(r"[^s]s$", named)
    for words in (
        ("they|them|their",)
        if several
        else ("that one|it|its", "he|him|his|she|her", "they|them|their")
    ):
        pattern = re.compile(rf"\b(?:{words})\b", re.I)
        if pattern.search(asked):
            return _replaced(pattern, asked, f"{named[0].lower()}{named[1:]}")
    return body


def _with_claim(body: str, last: Exchange) -> str:
    """ "Who denied that?" -> "Who denied that ISKP claimed the attacks?"."""
    if not (found := _CLAIM.search(body)):
        return body
    return f"{body[: found.end(1)]} that {stated(last.question, last.short)}?"


def _with_referents(body: str, earlier: Sequence[Exchange]) -> str:
    """Every word that points back, replaced by what it most likely means."""
    text = _CALLED.sub(
        lambda m: group_called(m["noun"].lower(), _GENERIC_GROUP, earlier) or m[0], body
    )
    if (
        (found := PERSON.search(text))
        and not bound(PERSON, text)
        and (person := person_meant(earlier, found[0]))
    ):
        text = _replaced(PERSON, text, person)
    if _OF_TWO.search(text) and (two := two_meant(earlier)):
        text = _OF_TWO.sub(literal(two), text)
    if PLURAL.search(text) and not bound(PLURAL, text) and (several := plural_meant(earlier)):
        text = _replaced(PLURAL, text, several)
    if (found := THING.search(text)) and not _explained(text, found.start()):
        asked_after = _OBJECT.search(text[: found.start()])
        if thing := thing_meant(earlier, answer_first=not asked_after):
            text = _replaced(THING, text, thing)
    if _MATTER.search(text) and (matter := matter_meant(earlier)):
        text = _MATTER.sub(rf"\1 {literal(matter)}", text)
    if (
        (found := THERE.search(text))
        and not _placed(text[: found.start()])
        and (place := place_meant(earlier))
    ):
        text = THERE.sub(literal(f"in {place}"), text)
    if _SINCE.search(text) and (time := time_meant(earlier)):
        text = f"{text.rstrip(' ?.')} {time}?"
    if THEN.search(text) and (time := time_meant(earlier)):
        text = re.sub(r"\bthen\b", literal(time), text, flags=re.I)
    return text


# Before an "it" that something in its own sentence explains, and before one that is an object.
_WITHIN = re.compile(r"\b(?:when|if|once|whether|because|as|that)\s+$", re.I)
_OBJECT = re.compile(r"(?:\b(?:in|of|for|on|about|to|with|at|from|by)|ing)\s+$", re.I)


def _explained(question: str, place: int) -> bool:
    """Whether the question itself says what the "it" is that stands at this place."""
    return bound(THING, question) or bool(_WITHIN.search(question[:place]))


def _placed(before: str) -> bool:
    """Whether what stands before a "there" in its own question says where."""
    return any(mention.kind == "place" for mention in mentions(before))


_POSSESSIVES = frozenset({"his", "its", "their", "theirs", "hers"})


def _replaced(pattern: re.Pattern[str], text: str, name: str) -> str:
    """The pronoun's first place says the name; the later ones stay, as in any sentence."""

    def meant(found: re.Match[str]) -> str:
        word = found[0].lower()
        after = text[found.end() :].lstrip(" ")
        owns = word in _POSSESSIVES or (word == "her" and bool(re.match(r"[a-z]+", after)))
        if not owns:
            return name
        return f"{name}’" if name.endswith("s") else f"{name}’s"

    return pattern.sub(meant, text, count=1)


def _sentence(text: str) -> str:
    """Text with a capital and a question mark."""
    text = " ".join(text.split())
    return text[:1].upper() + text[1:] + ("" if text.endswith(("?", ".", "!")) else "?")


def outside_history(turns: Sequence[tuple[str, str]]) -> list[Exchange]:
    """Questions and answers from elsewhere as exchanges, each question understood after those
    before it."""
    earlier: list[Exchange] = []
    for question, answer in turns:
        asked = understand(question, earlier).standalone
        earlier.append(Exchange(asked, answer, typed=question))
    return earlier
