"""Who does what to whom, where, of what number: what the statement puts in another's part."""

from __future__ import annotations

from collections.abc import Iterator

from rag.checks.align import Pair
from rag.checks.doubts import Doubt
from rag.checks.relations import MUTUAL, numeric_kind
from rag.checks.speech import CLAIMING, TELLING
from rag.checks.syntax import Argument, Syntax

_PERSONAL = frozenset("he she it they him her them".split())
_PRONOUNS = _PERSONAL | frozenset(
    """who which that this these those i we us his its their both one himself itself another other
    others""".split()
)
_BEFORE_PRONOUN = 40  # words
_TURNABLE = CLAIMING | TELLING | MUTUAL  # who and whom change places without a fault
_NEW = 0.4
"""The strength of a doubt where the evidence does not have what the statement names: it may name
the same in other words."""
_OTHER = {"subject": "object", "object": "subject"}


def other_parts(pair: Pair) -> Iterator[Doubt]:
    """Words of the statement in whose part ("closed by", "closed in") the evidence has another,
    wherever it has the word that they belong to."""
    said, shown = pair.syntax
    for argument in said.arguments:
        word = _resolved(said, argument)
        heads = _likest(said, shown, argument)
        if word is None or not heads:
            continue
        name = said.name(word)
        verb = said.words[argument.head].key
        roles = {argument.role}
        if argument.role in _OTHER and (verb in MUTUAL or _is_alone(said, argument)):
            roles.add(_OTHER[argument.role])
        rivals = _rivals(said, shown, roles, name, heads)
        known = {key for key in name if key in shown.by_key}
        if rivals and (
            _is_owner(said, shown, word, rivals)
            or (said.proper(name) and any(shown.proper(shown.name(rival)) for rival in rivals))
            or (known and _are_numbers(pair, word, rivals))
        ):
            yield Doubt("exchange", _reason(said, shown, argument, rivals))
        elif rivals:
            strength = 1.0 if known else _NEW
            yield Doubt("part", _reason(said, shown, argument, rivals), strength)
        elif not _is_bound(said, shown, argument, known):
            text, head = said.words[word].text, said.words[argument.head].text
            yield Doubt("part", f"The evidence does not have “{text}” with “{head}”.")
        if (
            argument.role in _OTHER
            and verb not in _TURNABLE
            and _is_exchanged(said, shown, argument.role, name, heads)
        ):
            head = said.words[argument.head].lower
            yield Doubt("exchange", f"The evidence has it the other way round with “{head}”.")


def _likest(said: Syntax, shown: Syntax, argument: Argument) -> list[int]:
    """The words of the evidence that are the same as an argument's head and have most of its other
    arguments: of two events that the evidence has, the one that the statement tells."""
    heads = shown.by_key.get(said.words[argument.head].key, [])
    alike = [head for head in heads if shown.words[head].pos == said.words[argument.head].pos]
    heads = alike or heads
    others = [(a.role, said.name(a.word)) for a in said.of_head[argument.head] if a != argument]
    over = _governors(said, argument.head)
    shares = [
        sum(
            any(a.role == role and _agrees(said, shown, name, a.word) for a in shown.of_head[head])
            for role, name in others
            if head in shown.of_head
        )
        + (not over.isdisjoint(_governors(shown, head)))
        for head in heads
    ]
    return [head for head, share in zip(heads, shares, strict=True) if share == max(shares)]


def _governors(syntax: Syntax, number: int) -> set[str]:
    """What a word is itself an argument of, by its keys."""
    return {syntax.words[a.head].key for a in syntax.arguments if a.word == number}


def _is_owner(said: Syntax, shown: Syntax, word: int, rivals: list[int]) -> bool:
    """Whether one text has "the mayor's father" where the other has the mayor."""
    owners = [said.name(a.word) for a in said.of_head.get(word, ()) if a.role == "of"]
    name = said.name(word)
    return any(
        any(_is_same(said, shown, owner, rival) for owner in owners)
        or any(
            a.role == "of" and _is_same(said, shown, name, a.word)
            for a in shown.of_head.get(rival, ())
        )
        for rival in rivals
    )


def _is_bound(said: Syntax, shown: Syntax, argument: Argument, known: set[str]) -> bool:
    """Whether what an argument names stands near its head somewhere in the evidence, by the words
    that are known there; without any, that is for others to say."""
    own = [number for key in said.proper(known) or known for number in shown.by_key[key]]
    heads = shown.by_key[said.words[argument.head].key]
    return not own or any(shown.is_near(head, own) for head in heads)


def _is_alone(said: Syntax, argument: Argument) -> bool:
    """Whether a verb has but one of subject and object: "it opened" is "it was opened"."""
    fellows = said.of_head[argument.head]
    return not any(a.role == _OTHER[argument.role] for a in fellows)


def _are_numbers(pair: Pair, word: int, rivals: list[int]) -> bool:
    """Whether one of the rivals is a number or date of the same kind as the word."""
    said, shown = pair.syntax
    place = said.words[word].place
    others = (shown.words[rival].place for rival in rivals)
    if place is None or pair.statement.tokens[place].kind not in ("number", "date"):
        return False
    kind = numeric_kind(pair.statement.tokens[place])
    return any(
        numeric_kind(pair.evidence.tokens[other]) == kind for other in others if other is not None
    )


def _reason(said: Syntax, shown: Syntax, argument: Argument, rivals: list[int]) -> str:
    others = " and ".join(dict.fromkeys(shown.words[rival].text for rival in rivals))
    return f"The evidence has “{others}” with “{said.words[argument.head].text}”."


def _rivals(
    said: Syntax, shown: Syntax, roles: set[str], name: set[str], heads: list[int]
) -> list[int]:
    """What has one of the roles in the evidence, if nothing there agrees with what has the role in
    the statement: neither in that part nor, where nothing has it, near its head."""
    rivals: list[int] = []
    own = [number for key in name for number in shown.by_key.get(key, ())]
    for head in heads:
        having = [a.word for a in shown.of_head.get(head, ()) if a.role in roles]
        if any(_agrees(said, shown, name, one) for one in having):
            return []
        if not having and own and shown.is_near(head, own):
            return []
        rivals += having
    return rivals


def _is_exchanged(said: Syntax, shown: Syntax, role: str, name: set[str], heads: list[int]) -> bool:
    """Whether what does it in the statement suffers it in the evidence, or the other way round."""
    if role not in _OTHER:
        return False
    for head in heads:
        arguments = shown.of_head.get(head, ())
        same = [a.word for a in arguments if a.role == role]
        other = [a.word for a in arguments if a.role == _OTHER[role]]
        if (
            same
            and not any(_agrees(said, shown, name, one) for one in same)
            and any(_is_same(said, shown, name, one) for one in other)
        ):
            return True
    return False


def _agrees(said: Syntax, shown: Syntax, name: set[str], number: int) -> bool:
    """Whether a word of the evidence is what the name names, or a pronoun that may stand for it."""
    word = shown.words[number]
    if word.pos != "PRON" and word.lower not in _PRONOUNS:
        return _is_same(said, shown, name, number)
    before = shown.words[max(0, number - _BEFORE_PRONOUN) : number]
    nouns = {other.key for other in before if other.pos in ("NOUN", "PROPN")}
    return not nouns or not nouns.isdisjoint(name)


def _is_same(said: Syntax, shown: Syntax, name: set[str], number: int) -> bool:
    other = shown.name(number)
    mine, its = said.proper(name), shown.proper(other)
    return not mine.isdisjoint(its) if mine and its else not name.isdisjoint(other)


def _resolved(said: Syntax, argument: Argument) -> int | None:
    """The word itself; for "he" or "it" the noun before it in the statement that is no fellow
    argument; None where there is none, and for other pronouns."""
    word = said.words[argument.word]
    if word.lower not in _PRONOUNS:
        return argument.word
    if word.lower not in _PERSONAL:
        return None
    fellows = {fellow.word for fellow in said.of_head[argument.head]}
    nouns = (
        other.word
        for other in said.arguments
        if other.role in _OTHER and other.word < argument.word and other.word not in fellows
        if said.words[other.word].pos in ("NOUN", "PROPN")
    )
    return max(nouns, default=None)
