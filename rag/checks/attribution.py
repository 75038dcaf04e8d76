"""Who says so: claims of the evidence that the statement gives as facts, or to somebody else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from rag.checks.align import Pair, Side
from rag.checks.doubts import Doubt
from rag.checks.irregular import BASE_FORMS
from rag.checks.speech import CLAIMING, TELLING
from rag.checks.tokens import PREPOSITIONS, Token, word_key

_NOUNS = frozenset(
    {"report", "reports", "claim", "claims", "state", "call", "show", "note", "view", "put", "find"}
)
_NEVER_VERBS = frozenset("warning warnings suggestion description".split())
_DETERMINERS = frozenset("a an the any no this that these those its his her their my our".split())
_SPOKEN_TO = frozenset(map(word_key, "warn tell ask promise answer show".split()))
_BE = frozenset("be been being is are was were".split())
_PRONOUNS = frozenset("i he she it we they that there this these those".split())
_VERBAL = _BE | frozenset(
    "has had have will would could can may might must should did does".split()
)
_ATTRIBUTING = CLAIMING | TELLING
_LONGEST_SPEAKER = 7
_CONTRASTS = frozenset("but while whereas".split())  # what follows may be another's
_QUOTED = re.compile(r"“[^”]+”|\"[^\"]+\"")
_LEAST_QUOTED = 5
_MOST_BEFORE_THAT = 6
_LEAST_CLAIMED = 2
_MOST_PLAIN = 0.3


@dataclass(frozen=True, slots=True)
class Attribution:
    """A word that gives something to a speaker: its place, the places of the speaker's words, and
    of what is given to him."""

    cue: int
    speaker: tuple[int, ...]
    said: frozenset[int]


def attributions(side: Side) -> list[Attribution]:
    """What is given to speakers in a text, in order."""
    return [_attribution(side, at) for at in range(len(side)) if _is_cue(side, at)]


def _is_cue(side: Side, at: int) -> bool:
    token = side.tokens[at]
    if token.key not in _ATTRIBUTING or token.lower in _NEVER_VERBS:
        return False
    before = [other.lower for other in side.tokens[max(0, at - 2) : at]]
    if token.key in _SPOKEN_TO and set(before) & _BE:
        return False
    if before and before[-1] in _DETERMINERS:
        return False  # "the estimate"
    if token.lower in _NOUNS and set(before) & _DETERMINERS:
        return token.lower.endswith("s") and before[0] in ("a", "an")  # "a charity claims"
    return True


def _attribution(side: Side, cue: int) -> Attribution:
    here = _reach(side, cue)
    before, after = [at for at in here if at < cue], [at for at in here if at > cue]
    if side.tokens[cue].lower == "according":
        who = [at for at in after if side.clauses[at] == side.clauses[cue]][:_LONGEST_SPEAKER]
        who = _until_comma(side, who)
        return Attribution(cue, _content(side, who), frozenset(here) - {cue, *who})
    if before and _comma_between(side, before[-1], cue) and _is_inverted(side, after):
        who = _until_comma(side, after)
        return Attribution(cue, _content(side, who), frozenset(before))
    subject = _subject(side, before, cue)
    rest = [at for at in before if at not in subject]
    words = [side.tokens[at].lower for at in after[:_MOST_BEFORE_THAT]]
    if "that" in words:
        return Attribution(cue, _content(side, subject), frozenset(after[words.index("that") :]))
    goes_on = bool(after) and side.tokens[after[0]].lower == "to"  # "vowed to fight"
    if rest and _comma_between(side, rest[-1], subject[0] if subject else cue) and not goes_on:
        if _is_tail(side, after):
            who = subject if _names(side, subject) else _until_comma(side, after)
            return Attribution(cue, _content(side, who), frozenset(rest))
        if subject and not _comma_between(side, subject[-1], cue):
            return Attribution(cue, _content(side, subject), frozenset(rest) | frozenset(after))
    own = takewhile(lambda at: side.tokens[at].lower not in _CONTRASTS, after)
    return Attribution(cue, _content(side, subject), frozenset(own))


def _reach(side: Side, cue: int) -> list[int]:
    """What can be given by the cue: its sentence, or where it stands in a relative clause, that."""
    clause = side.clauses[cue]
    here = side.in_sentence(side.sentences[cue])
    if clause not in side.outer:
        return here
    return [at for at in here if side.clauses[at] >= clause]


def _subject(side: Side, before: Sequence[int], cue: int) -> list[int]:
    """The words that name the speaker before the cue: back to a comma, or over an apposition
    ("Orlik, the engineer, said") to what it stands beside."""
    here = [at for at in before if side.clauses[at] == side.clauses[cue]]
    if not here:
        return []
    parts = [[here[0]]]
    for one, other in pairwise(here):
        if _comma_between(side, one, other):
            parts.append([])
        parts[-1].append(other)
    if not _comma_between(side, here[-1], cue):
        return parts[-1]
    if _ends_quote(side, here[-1]):
        return []
    named = [number for number, part in enumerate(parts) if _names(side, part)]
    return [at for part in parts[named[-1] if named else -1 :] for at in part]


def _comma_between(side: Side, one: int, other: int) -> bool:
    between = side.text[side.tokens[one].end : side.tokens[other].start]
    return bool(re.search(r"[,;”]|\"(?=\W)", between))


def _ends_quote(side: Side, at: int) -> bool:
    return bool(re.match(r"[,.]?[”\"]", side.text[side.tokens[at].end :]))


def _until_comma(side: Side, places: Sequence[int]) -> list[int]:
    kept: list[int] = []
    for at in places:
        if kept and _comma_between(side, kept[-1], at):
            break
        kept.append(at)
    return kept


def _is_tail(side: Side, after: Sequence[int]) -> bool:
    """Whether nothing is said after the cue: only who, to whom, when."""
    plain = [at for at in _until_comma(side, after) if side.tokens[at].kind == "word"]
    return len(plain) < 2 or (len(plain) < 3 and len(after) < 5)


def _is_inverted(side: Side, after: Sequence[int]) -> bool:
    """Whether only a speaker follows the cue: "…, argued Tveit, the lawyer"."""
    words = _until_comma(side, after)
    if not words or side.tokens[words[0]].lower in _PRONOUNS | PREPOSITIONS:
        return False
    return not any(side.tokens[at].lower in _VERBAL or _is_past(side.tokens[at]) for at in words)


def _is_past(token: Token) -> bool:
    return token.kind == "word" and (token.lower in BASE_FORMS or token.lower.endswith("ed"))


def _content(side: Side, places: Sequence[int]) -> tuple[int, ...]:
    return tuple(at for at in places if side.tokens[at].kind != "function")


def _names(side: Side, places: Sequence[int]) -> tuple[int, ...]:
    return tuple(at for at in places if side.tokens[at].kind == "name")


def claims_as_facts(pair: Pair) -> Iterator[Doubt]:
    """Clauses that the statement gives as facts while the evidence has them from a speaker."""
    given = _quoted(pair.statement).union(*(a.said for a in attributions(pair.statement)))
    claims = [a for a in attributions(pair.evidence) if pair.evidence.tokens[a.cue].key in CLAIMING]
    speakers = {at for claim in claims for at in claim.speaker}
    claimed = _quoted(pair.evidence).union(*(claim.said for claim in claims))
    for clause in sorted(set(pair.statement.clauses)):
        places = [
            pair.there[at]
            for at in pair.statement.content()
            if pair.statement.clauses[at] == clause and at not in given
        ]
        known = {place for place in places if place is not None} - speakers
        if len(known & claimed) >= max(_LEAST_CLAIMED, (1 - _MOST_PLAIN) * len(known)):
            by = max(claims, key=lambda claim: len(claim.said & known), default=None)
            who = _who(pair, by) if by is not None else "a quotation"
            yield Doubt("claim", f"The evidence has it only from {who}.")


def _quoted(side: Side) -> frozenset[int]:
    """The places within quotation marks, of whole sentences or clauses."""
    spans = [m.span() for m in _QUOTED.finditer(side.text) if len(m[0].split()) >= _LEAST_QUOTED]
    return frozenset(
        at
        for at, token in enumerate(side.tokens)
        if any(start <= token.start < end for start, end in spans)
    )


def _who(pair: Pair, claim: Attribution) -> str:
    names = _names(pair.evidence, claim.speaker)
    words = " ".join(pair.evidence.tokens[at].text for at in names)
    return words or f"somebody (“{pair.evidence.tokens[claim.cue].text}”)"


def other_speakers(pair: Pair) -> Iterator[Doubt]:
    """What the statement gives to one speaker and the evidence to another."""
    for said in attributions(pair.statement):
        names = [pair.statement.tokens[at] for at in _names(pair.statement, said.speaker)]
        for claim in attributions(pair.evidence):
            who = [pair.evidence.tokens[at] for at in _names(pair.evidence, claim.speaker)]
            if _same_matter(pair, said, claim) and _differ(names, who):
                yield Doubt("speaker", f"The evidence has it from {_who(pair, claim)}.")


def _same_matter(pair: Pair, said: Attribution, claim: Attribution) -> bool:
    places = [pair.there[at] for at in said.said if pair.statement.tokens[at].kind != "function"]
    known = [place for place in places if place is not None]
    inside = sum(place in claim.said for place in known)
    return inside >= max(_LEAST_CLAIMED, len(known) / 2)


def _differ(one: Sequence[Token], other: Sequence[Token]) -> bool:
    """Whether two names, both known, cannot be of the same: each has a word the other lacks."""
    mine, its = {token.key for token in one}, {token.key for token in other}
    return bool(mine - its and its - mine)
