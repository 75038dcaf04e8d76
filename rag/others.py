"""What a sentence says of something other than what a question asks about."""

from __future__ import annotations

import re

from ingest.article import Span
from rag.coverage import asked_relation
from rag.namesakes import TITLES
from rag.tables import header_of
from rag.words import NUMBER, stem, stems

_NAME = r"(?:[Tt]he )?([A-ZÀ-Þ][\w’'-]*(?: (?:[A-ZÀ-Þ][\w’'-]*|\d+))*)"
_ONLY_NAMING = frozenset("name kind type sort number part one".split())
_OF_A_NAME = re.compile(rf"\b([a-z]\w+) (?:of|for) {_NAME}")
_ABBREVIATION = re.compile(r"(?:[A-Z]\.?){2,}")
_WORD = re.compile(r"[^\W\d_]+")
_NEGATION = re.compile(r"\b(?:not|never|nor|no longer)\b|n['’]t\b", re.IGNORECASE)
_NEGATED = re.compile(r"(?:\b(?:not|never)|n['’]t)(?: [a-z]+){0,2} $")
_THAT = re.compile(r"\b(?:that|this|these|those|such) $", re.IGNORECASE)
_POSSESSOR = re.compile(r"([\w-]+)['’]s? $")
_FULL = r"[A-ZÀ-Þ][\w’'-]+(?: (?:[A-ZÀ-Þ][\w’'.-]*|al|de|von|van))+"
_ASKS_WHO_IS = re.compile(r"[Ww]ho(?:['’]s| is| was| are| were) [A-ZÀ-Þ]")
_NAMED_BEFORE = re.compile(rf"({_FULL})(?:,| –| —) (?:the |an? )?$")
_NAMED_AFTER = re.compile(rf"(,| –| —)? ({_FULL})")
_HOW_MANY = re.compile(
    r"\bhow many (?!of\b)(?:[a-z-]+ ){0,2}?([a-z-]+)"
    r"(?= (?:d(?:id|oes|o)|is|are|was|were|has|have|had|will|would|can|could|of|in|on|at)\b|\W*$)",
    re.IGNORECASE,
)
_COUNTED = re.compile(r" (?:[a-z-]+ )?([a-z-]+s)\b(?! of\b)")
_ANYBODY = frozenset("peopl person other time other victim".split())
_NEXT_NAME = re.compile(r" ([A-ZÀ-Þ][\w-]+)")
_BY = re.compile(r"(?: \w+){0,2} by\b")


def is_of_another(question: str, text: str, sentence: Span, answer: Span) -> bool:
    """Whether the sentence says what is asked of another name, as "the capital of Nangarhar" where
    that of Afghanistan is asked for; of a table's row, whether nothing there is called so. An
    abbreviation ("UK") may be any name."""
    said = sentence.of(text)
    if header := header_of(text, sentence):
        said = f"{header.of(text)} {said}"
    words = set(stems(said))
    told = [(stem(found[1]), found[2]) for found in _OF_A_NAME.finditer(said)]
    for asked in _OF_A_NAME.finditer(question):
        if stem(asked[1]) in _ONLY_NAMING:
            continue
        if header and stem(asked[1]) not in words:
            return True
        owners = [owner for noun, owner in told if noun == stem(asked[1])]
        wanted = set(stems(asked[2]))
        if any(_ABBREVIATION.fullmatch(name) for name in (asked[2], *owners)):
            continue
        if owners and not wanted & words:
            return True
    return False


def is_not_told(question: str, text: str, sentence: Span, answer: Span) -> bool:
    """Whether the sentence has what someone did, where that is asked, only to deny it ("had never
    won") or to point at it: "those claims", "Reed's killing" where it is asked who killed Reed."""
    root = asked_relation(question)
    if not root or _NEGATION.search(question):
        return False
    said = sentence.of(text)
    asked = set(stems(question)) - {root}
    places = [word for word in _WORD.finditer(said) if stem(word[0]) == root]
    return bool(places) and all(
        _points(said[: place.start()], said[place.end() :], asked) for place in places
    )


def is_part_of_the_name(question: str, text: str, sentence: Span, answer: Span) -> bool:
    """Whether the words at `answer` are the rest of a name that the question has, where it asks
    what somebody did to its bearer: "Abu Obaidullah" for "Who killed Mutawakil?"."""
    deed, rest = asked_relation(question), _NEXT_NAME.match(text, answer.end, sentence.end)
    if not deed or rest is None or stem(rest[1]) == deed:  # "Who is Mutawakil?" asks for a name
        return False
    if NUMBER.search(answer.of(text)) or _HOW_MANY.search(question):
        return False
    return set(stems(rest[1])) <= set(stems(question))


def is_apposed_to_another(question: str, text: str, sentence: Span, answer: Span) -> bool:
    """Whether the words at `answer` say who somebody else is: "the council's leader" beside "Morag
    Ennis" where it is asked who Agnes Mure is."""
    if not _ASKS_WHO_IS.match(question):
        return False
    asked = set(stems(question))
    before = _NAMED_BEFORE.search(text[sentence.start : answer.start])
    after = _NAMED_AFTER.match(text, answer.end, sentence.end)
    if after and not after[1] and answer.of(text).split()[-1].lower() not in TITLES:
        after = None  # "a former BBC Radio presenter"
    beside = [set(stems(found[found.re.groups])) for found in (before, after) if found]
    return bool(beside) and not any(name & asked for name in beside)


def is_another_count(question: str, text: str, sentence: Span, answer: Span) -> bool:
    """Whether the number at `answer` counts things that are not asked for, "80 fighters" for "How
    many districts?", in a sentence and paragraph that do not speak of those."""
    asked, counted = _HOW_MANY.search(question), _COUNTED.match(text, answer.end, sentence.end)
    if asked is None or counted is None or not NUMBER.search(answer.of(text)):
        return False
    wanted = stem(asked[1])
    if wanted in _ANYBODY or stem(counted[1]) in (wanted, *_ANYBODY):
        return False
    start, end = text.rfind("\n\n", 0, sentence.start), text.find("\n\n", sentence.end)
    return wanted not in stems(text[max(start, 0) : end if end > 0 else len(text)])


def _points(before: str, after: str, asked: set[str]) -> bool:
    possessor = _POSSESSOR.search(before)
    is_theirs = possessor is not None and set(stems(possessor[1])) <= asked
    return bool(_NEGATED.search(before) or _THAT.search(before)) or (
        is_theirs and not _BY.match(after)
    )
