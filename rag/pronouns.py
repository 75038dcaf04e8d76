"""Pronouns, and whether one means something in its own question."""

from __future__ import annotations

import re

from rag.mentions import GROUP_WORDS, mentions

_I = re.IGNORECASE
PERSON = re.compile(r"\b(?:he|she|him|her|his|hers)\b", _I)
THING = re.compile(r"\b(?:it|its)\b", _I)
PLURAL = re.compile(r"\b(?:they|them|their|theirs)\b", _I)

# Where a pronoun owns something, or is the subject of a clause that depends on what stands before,
# it may mean what the question speaks of without a name.
_SAYS = r"(?:that|because|says?|said|claim(?:s|ed)?|thinks?|thought|believes?|promised?|expects?)"
_WHEN = r"(?:after|before|when|while|until|once)"
_GROUP = rf"\b(?:{'|'.join(sorted(GROUP_WORDS - {'police'}))})\b"
_VERBS = r"(?:says|thinks|believes|claims|does|was|has|is)"
_SEVERAL = (
    r"\b(?:the|these|those|all|most|some|many|which|what|are|were|do|did|have|can|will)"
    rf" (?:[a-z-]+ ){{0,2}}(?!{_VERBS}\b)[a-z-]{{3,}}[^s\W]s\b"
)
_OWN = (
    (THING, rf"{_GROUP}(?!['’]).* (?:its\b|(?:{_SAYS}|{_WHEN}) it\b)"),
    (
        THING,
        rf"\b(?:is|was|do|does|did|has|had|will|can) (?:(?:the|an?) )?[a-z-]+ .*\b{_WHEN} it\b",
    ),
    (THING, r"^(?:(?:and|but|so) )?the [a-z ]+, .*\bits?\b"),
    (PLURAL, rf"{_SEVERAL}.* (?:theirs?\b|they \w)"),
    (PERSON, rf"^(?:who|which|what)\b.* (?:is|was|were) .*\b{_WHEN} (?:he|she)\b"),
)
_OWN_MEANING = tuple((pronoun, re.compile(pattern, _I)) for pronoun, pattern in _OWN)


def bound(pronoun: re.Pattern[str], question: str) -> bool:
    """Whether the first such pronoun of a question that has one means something that the question
    itself speaks of."""
    found = pronoun.search(question)
    if found is None:
        return False
    names = [m for m in mentions(question[: found.start()]) if m.kind != "time"]
    if pronoun is PERSON:
        names = [m for m in names if m.kind == "person" or " " in m.text.removeprefix("the ")]
        names = [m for m in names if not of_other_gender(m.text, found[0])]
    if pronoun is THING:
        names = [m for m in names if m.kind != "person"]
    own = (pattern for kind, pattern in _OWN_MEANING if kind is pronoun)
    return bool(names) or any(pattern.search(question) for pattern in own)


def of_other_gender(name: str, pronoun: str, text: str = "") -> bool:
    """Whether a title, in the name or before its last word in the text, says that a pronoun does
    not mean this person."""
    female = pronoun.lower() in ("she", "her", "hers")
    title = r"\b(?:Mr|Sir|Lord)\b" if female else r"\b(?:Mrs|Ms|Miss|Lady)\b"
    titled = rf"{title}\.? (?:[A-Z][\w’'-]+ )*{re.escape(name.split()[-1])}\b"
    return bool(re.match(title, name) or re.search(titled, text))
