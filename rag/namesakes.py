"""People who share a surname: what is said of one of them is no answer about another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.article import Span
from rag.mentions import mentions
from rag.words import stems

TITLES = frozenset(
    """
    mr mrs ms miss mx dr prof professor sir lord lady dame judge captain capt inspector mayor
    president minister senator governor commissioner councillor cllr sergeant sgt superintendent
    supt constable detective general gen colonel col major lieutenant lt admiral bishop chairman
    chairwoman director coach king queen prince princess pope rabbi deputy mp mep sen rep gov
    secretary ambassador reverend rev spokesman spokeswoman democrat republican labour
    conservative leader founder candidate
    """.split()
)
"""What stands before a person's name and is no part of it, in lower case."""
_PLACED = frozenset("in at from near outside".split())  # before "London Smith" too
_OPENERS = frozenset(
    """
    the a an former vice chief on by for to of as if but and so when while after before since
    yesterday today tomorrow last this that us uk eu u.s u.k e.u monday tuesday wednesday thursday
    friday saturday sunday january february march april may june july august september october
    november december
    """.split()
)
_NOT_GIVEN = TITLES | _OPENERS | _PLACED
# Of those whose first three letters differ, the usual ones.
_SHORT_NAMES = tuple(
    frozenset(names.split())
    for names in (
        "william bill billy will",
        "robert bob bobby",
        "richard dick",
        "john jack",
        "james jim jimmy",
        "joseph joe",
        "thomas tom tommy",
        "michael mike mick",
        "edward ted teddy ned",
        "anthony tony",
        "charles chuck",
        "henry harry",
        "alexander sandy",
        "lawrence larry",
        "gerald jerry",
        "margaret peggy maggie meg",
        "elizabeth liz lizzie beth betty",
        "katherine catherine kate kathy cathy",
        "rebecca becky",
        "mary molly",
    )
)
_SHORTENED = "|".join(title.capitalize() for title in sorted(TITLES))
_WORD = rf"(?:[A-ZÀ-Þ][\w’'-]{{0,40}}|(?:St|{_SHORTENED})\.|(?:[A-ZÀ-Þ]\.)+)"
_FULL_NAME = re.compile(rf"\b(?:{_WORD} ){{1,6}}[A-ZÀ-Þ][\w’-]{{0,40}}\w")
_ASKS_FOR_KIN = re.compile(
    r"\b(?:relat(?:ed|ion|ions|ive|ives)|famil(?:y|ies)|kin)\b", re.IGNORECASE
)
_POSSESSIVE = re.compile(r"['’]s?$")


@dataclass(frozen=True, slots=True)
class Person:
    """A surname, with the given names that its bearer is known by."""

    surname: str
    given: frozenset[str]


def people_asked_about(question: str, texts: Sequence[str]) -> list[Person]:
    """The people that the question names in full, or by a title and a surname whose given names the
    texts put between the two; nobody of whom it asks about a relation ("Tobias Renn's cousin")."""
    found: list[Person] = []
    if _ASKS_FOR_KIN.search(question):
        return found
    for mention in mentions(question):
        words = mention.text.split()
        if mention.kind != "person" or re.search(rf"{re.escape(mention.text)}['’]", question):
            continue
        title, given = _parted(words)
        surname = words[-1]
        if not given and title:
            given = _given_after(title[-1], surname, texts)
        if given:
            found.append(Person(surname, given))
    return found


def is_of_a_namesake(people: Sequence[Person], text: str, sentence: Span) -> bool:
    """Whether the sentence is about somebody else with the surname of one of the people: it gives
    only other given names with it, or the surname alone in a text that does."""
    said = sentence.of(text)
    for person in people:
        if not re.search(rf"\b{re.escape(person.surname)}\b", said):
            continue
        named = _given_of(person.surname, said) or _given_of(person.surname, text)
        if named and not any(_are_like(given, person.given) for given in named):
            return True
    return False


def understood(people: Sequence[Person], text: str, sentence: Span) -> frozenset[str]:
    """The stems of the given names that the sentence leaves out, since its article has given them:
    "Ms Whitlow" is Joan Whitlow where an article speaks of nobody else of that name."""
    said = sentence.of(text)
    return frozenset(
        found
        for person in people
        if re.search(rf"\b{re.escape(person.surname)}\b", said)
        and set(_given_of(person.surname, text)) == {person.given}
        for name in person.given
        for found in stems(name)
    )


def _are_like(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether given names may be the same person's: one of each begins with the same three letters
    ("Danny", Daniel), is the initial of the other ("D."), or is its usual short name ("Bill")."""
    return any(_is_like(a.rstrip("."), b.rstrip(".")) for a in one for b in other)


def _is_like(one: str, other: str) -> bool:
    start, start_of_other = one[:3], other[:3]
    return (
        start.startswith(start_of_other)
        or start_of_other.startswith(start)
        or any({one.lower(), other.lower()} <= names for names in _SHORT_NAMES)
    )


def _given_after(title: str, surname: str, texts: Sequence[str]) -> frozenset[str]:
    """The given names between the title and the surname in the texts; none where they differ."""
    pattern = re.compile(rf"\b{re.escape(title)} ((?:{_WORD} ){{1,3}}){re.escape(surname)}\b")
    known = {frozenset(found[1].split()) for text in texts for found in pattern.finditer(text)}
    return known.pop() if len(known) == 1 else frozenset()


def _given_of(surname: str, text: str) -> list[frozenset[str]]:
    """The given names that stand before the surname in a text, once for each time."""
    return [
        given for words in _names(text) if words[-1] == surname and (given := _parted(words)[1])
    ]


def _names(text: str) -> list[list[str]]:
    return [_POSSESSIVE.sub("", found[0]).split() for found in _FULL_NAME.finditer(text)]


def _parted(words: Sequence[str]) -> tuple[list[str], frozenset[str]]:
    """The titles and the words of a sentence's opening before a name, and its given names; none of
    "In London Smith", where they may be a place."""
    lowered = [word.lower().rstrip(".") for word in words[:-1]]
    count = max((n for n, word in enumerate(lowered, 1) if word in _NOT_GIVEN), default=0)
    is_place = count > 0 and lowered[count - 1] in _PLACED
    return list(words[:count]), frozenset() if is_place else frozenset(words[count:-1])
