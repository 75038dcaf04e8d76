"""A follow-up question -> the question that stands alone, and what its search weighs in.

Without a language model: pronouns and pointing words are replaced by what they most likely mean,
a fragment takes the place of its like in the question before, and where nothing can be replaced
the names that are spoken of are added. The search weighs in the history in any case.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from rag.dependence import OPENING, PERSON, PLURAL, THEN, THERE, THING, leans
from rag.mentions import Mention, mentions
from rag.referents import (
    group_called,
    key_phrases,
    person_meant,
    place_meant,
    plural_meant,
    thing_meant,
    time_meant,
)
from rag.retrieve import Background
from rag.turns import Exchange

# Chosen on the dev conversations of MT-RAG: weights of 0.1 to 0.35 do alike there.
QUESTION_WORDS, ANSWER_WORDS = 0.2, 0.0
QUESTION_MEANING, ANSWER_MEANING = 0.2, 0.0
FADING = 0.5
FOCUS_BONUS = 0.05
_TURNS_WEIGHED = 3

_AUX = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might)"
_ASKED = r"(?:who|whom|whose|what|which|when|where|why|how)"
_WH_PHRASE = re.compile(
    rf"^(?:(?:in|at|on|by|for|from|to|with|of) )?{_ASKED}\b(?: (?!{_AUX}\b)[\w’'-]+){{0,4}}?"
    rf" (?P<aux>{_AUX})(?:n['’]t)? (?P<rest>.+)$",
    re.IGNORECASE,
)
_SUBJECT_WH = re.compile(
    r"^(?:who|what|(?:which|what) [a-z]+) (?P<rest>[a-z]+(?:ed|s|t|k|n|e|d)\b.+)$", re.I
)
_BARE = re.compile(
    r"^(?P<asks>(?:(?:in|at|on|by|for|from|to|with|of|since|until) )?(?:who|whom|when|where|why"
    r"|how(?: (?!did|do|does|is|was|come)\w+(?: \w+)?)?"
    r"|(?:which|what|whose) (?!about|else|happened)\w+(?<!ed)))"
    r"(?: (?:is|was|were|did|does) (?:that|it|this|they|those)(?: happen| take place)?)?\s*\??$",
    re.IGNORECASE,
)
_VERB = re.compile(rf"\b(?:{_AUX}|tell|list|name|give|explain|describe|say|said)\b", re.I)
_SINCE = re.compile(
    r"\bin the [\w-]+ (?:hour|day|week|month|year)s? (?:since|after|before)\s*\?*$", re.I
)
_TOPIC = re.compile(r" \([^()]*\)(?=\?$)")
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
    background = background_of(earlier)
    resolved = resolve(question, earlier)
    return Understood(resolved, with_topic(resolved, earlier), True, background)


def background_of(earlier: Sequence[Exchange]) -> Background:
    """What a search weighs in beside a question that leans on these exchanges."""
    words: list[tuple[str, float]] = []
    meaning: list[tuple[str, float]] = []
    for age, turn in enumerate(list(reversed(earlier))[:_TURNS_WEIGHED]):
        fading = FADING**age
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


def resolve(question: str, earlier: Sequence[Exchange]) -> str:
    """The question with the words that lean on the conversation replaced by what they mean; as it
    was typed where there are none."""
    body = OPENING.sub("", question).strip() or question
    whole = _completed(body, earlier[-1], opened=body != question)
    resolved = _with_referents(body, earlier) if whole is None else whole
    return question if resolved == question else _sentence(resolved)


def with_topic(resolved: str, earlier: Sequence[Exchange]) -> str:
    """A resolved question with what the last one was about in brackets, as far as it lacks it."""
    missing = key_phrases(resolved, earlier)
    return f"{resolved.rstrip(' ?.')} ({', '.join(missing)})?" if missing else resolved


def _completed(body: str, last: Exchange, *, opened: bool) -> str | None:
    """A fragment made whole by the question before it, or None for what is no fragment."""
    before = _TOPIC.sub("", last.question)
    if bare := _BARE.match(body):
        return _asked_of(bare["asks"], before, last.short)
    if not opened or _VERB.search(body) or re.match(rf"{_ASKED}\b", body, re.I):
        return None
    return _in_place(body.rstrip("? "), before)


def _asked_of(bare: str, before: str, short: str | None) -> str:
    """ "When?" after a question: the same matter, asked for something else."""
    short = short if short and mentions(f"about {short}") else ""
    if found := _WH_PHRASE.match(before):
        rest = found["rest"].rstrip("? ")
        named = f" ({short})" if short and short.lower() not in rest.lower() else ""
        return f"{bare} {found['aux']} {rest}{named}?"
    if found := _SUBJECT_WH.match(before):
        return f"{bare}: {short} {found['rest'].rstrip('? ')}?".replace(":  ", ": ")
    return f"{bare}: {before.rstrip('? ')}?"


def _in_place(fragment: str, before: str) -> str:
    """The question before with the fragment in place of its like: a possessive for a possessive, a
    name for a name of its kind, what follows a preposition for what followed it."""
    head, _, rest = fragment.partition(" ")
    if re.fullmatch(r"in|at|on|by|for|from|to|with|of|after|before|during", head, re.I) and rest:
        swapped = re.sub(
            rf"\b{head} (?:the |a )?[\w’'-]+(?: [A-Z][\w’'-]*)*",
            _literal(fragment),
            before,
            flags=re.I,
        )
        if swapped != before:
            return swapped
    if re.search(r"['’]s?$", fragment):
        swapped = re.sub(
            r"\b(?:the )?(?:[\w-]+ ){0,1}[\w-]+['’]s?(?=[\s?,]|$)",
            _literal(fragment),
            before,
            count=1,
        )
        if swapped != before:
            return swapped
    new = mentions(f"about {fragment}")
    for old in _alike(new[0], mentions(before)) if new else ():
        return before.replace(old.text, fragment, 1)
    return f"{before.rstrip('? ')}: {fragment}?"


def _alike(new: Mention, olds: Sequence[Mention]) -> list[Mention]:
    """The names whose place another may take, the likeliest first: those that begin as it does,
    then those of its kind, the last first."""
    begun = new.text.split()[0]
    same = [old for old in olds if old.text.split()[0] == begun and old.text != begun]
    kinds = {new.kind, *({"place", "thing"} if new.kind in ("place", "thing") else ())}
    return same or [old for old in reversed(olds) if old.kind in kinds]


def _with_referents(body: str, earlier: Sequence[Exchange]) -> str:
    """Every word that points back, replaced by what it most likely means."""
    text = _CALLED.sub(
        lambda m: group_called(m["noun"].lower(), _GENERIC_GROUP, earlier) or m[0], body
    )
    if PERSON.search(text) and (person := person_meant(earlier)):
        text = _replaced(PERSON, text, person)
    if PLURAL.search(text) and (several := plural_meant(earlier)):
        text = _replaced(PLURAL, text, several)
    if (found := THING.search(text)) and not _explained(text[: found.start()]):
        asked_after = _OBJECT.search(text[: found.start()])
        if thing := thing_meant(earlier, answer_first=not asked_after):
            text = _replaced(THING, text, thing)
    if THERE.search(text) and (place := place_meant(earlier)):
        text = THERE.sub(_literal(f"in {place}"), text)
    if _SINCE.search(text) and (time := time_meant(earlier)):
        text = f"{text.rstrip(' ?.')} {time}?"
    if THEN.search(text) and (time := time_meant(earlier)):
        text = re.sub(r"\bthen\b", _literal(time), text, flags=re.I)
    return text


# Before an "it" that something in its own sentence explains, and before one that is an object.
_WITHIN = re.compile(r"^the [a-z ]+,|\b(?:when|if|once|whether|because|as|that)\s+$", re.I)
_OBJECT = re.compile(r"(?:\b(?:in|of|for|on|about|to|with|at|from|by)|ing)\s+$", re.I)


def _explained(before: str) -> bool:
    """Whether what stands before an "it" in its own question says what it is."""
    named = [m for m in mentions(before) if m.kind in ("group", "thing")]
    return bool(named or _WITHIN.search(before))


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


def _literal(text: str) -> str:
    """Text as the replacement of `re.sub`."""
    return text.replace("\\", r"\\")


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
