"""A question that asks several things at once: the questions that it is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

from ingest.article import Span
from ingest.split import split_sentences
from rag.answer import Answer, AnswerSentence, Evidence, abstention_of
from rag.ellipsis import ASKED, AUX, is_past
from rag.resolve import Understood, background_of, understand
from rag.retrieve import Background
from rag.turns import Exchange

_I = re.IGNORECASE
_JOINT = re.compile(r"(?:[,;]? and| ?;) (?=\w)", _I)
_PREPOSITIONS = frozenset("by in on at for from to with of since until".split())
_OPENS = re.compile(
    rf"(?:(?:and|but|so|also),? )?(?:(?:(?:{'|'.join(_PREPOSITIONS)}) )?{ASKED}|{AUX})\b", _I
)
_DO = frozenset({"do", "does", "did"})
_OF_WHAT = frozenset({"who", "what", "which"})
_SUBJECT = re.compile(r"the|an?|his|her|its|their|any|he|she|it|they|[A-Z][\w’'-]*")
_SHARED = re.compile(
    rf"(?P<first>who|what|when|where|why|how)(?: and|, and|/) (?P<second>when|where|why|how)"
    rf" (?P<rest>{AUX}\b.+)",
    _I,
)
_ROW = re.compile(rf"^{ASKED}(?: and|, and|/) {ASKED}\b", _I)
_SENTENCE = re.compile(r"(?<=\?)\s+(?=\S)")
_BARE = re.compile(r"(?:when|where|why|how)\W*$", _I)
_WORD = re.compile(r"[\w’'-]+")
_MOST_ASKED_WORDS = 6
_MOST_CHARACTERS = 1_000
MOST = 4
"""Questions that are read apart at most."""


def parts(question: str) -> tuple[str, ...]:
    """The questions that one asks, each with its question mark; itself where it asks one.

    "When and where was he killed?" are two, and so are "Who claimed it, and what does the Taliban
    say?". A statement before the first stays with it.
    """
    if len(question) > _MOST_CHARACTERS:
        return (question,)
    first, *others = _SENTENCE.split(question)
    if not all(_OPENS.match(other) and other.rstrip().endswith("?") for other in others):
        return (question,)
    found = [part for sentence in (first, *others) for part in _apart(sentence)]
    return tuple(found) if 1 < len(found) <= MOST else (question,)


def _apart(sentence: str) -> list[str]:
    found, start = [], 0
    for joint in _JOINT.finditer(sentence):
        before, after = sentence[start : joint.start()], sentence[joint.end() :]
        if _is_question(before) and _asks(after, before):
            found.append(before)
            start = joint.end()
    apart = [one for part in (*found, sentence[start:]) for one in _each_asked(part)]
    return [_asked(part) for part in apart] if len(apart) > 1 else [sentence]


def _each_asked(part: str) -> list[str]:
    """ "When and where was it": "when was it" and "where was it"."""
    shared = _SHARED.fullmatch(part)
    return [f"{shared[n]} {shared['rest']}" for n in ("first", "second")] if shared else [part]


def _is_question(text: str) -> bool:
    """Whether it asks, at its beginning or behind a statement; "when" alone does not."""
    last = _last_sentence(text).rpartition(": ")[2]
    words = last.split()
    return bool(_OPENS.match(last)) and len(words) > 1 and not re.fullmatch(ASKED, words[-1], _I)


def _last_sentence(text: str) -> str:
    spans = split_sentences(text)
    return spans[-1].of(text) if spans else text


def _asks(text: str, before: str) -> bool:
    """Whether a text opens with a question of its own and goes on with no clause of the one before:
    "how did they", "by how much was it", "does it", but not "how they did it"; "who claimed it"
    does where nothing before it is asked in passing, as in "Who said what was taken"."""
    words = [word[0] for word in islice(_WORD.finditer(text), _MOST_ASKED_WORDS + 1)]
    if words and words[0].lower() in _PREPOSITIONS:
        words = words[1:]
    if not words:
        return False
    asked, rest = words[0].lower(), words[1:]
    if asked in _DO or (re.fullmatch(AUX, asked) and re.match(AUX, before, _I)):
        return any(_SUBJECT.fullmatch(word) for word in rest[:1])
    if not re.fullmatch(ASKED, asked):
        return False
    of_what = asked in _OF_WHAT or (asked == "how" and rest[:1] in (["many"], ["much"]))
    verb = next((n for n, word in enumerate(rest) if _is_verb(word, n, asked, of_what)), None)
    if verb is None:
        return bool(_BARE.match(text))
    if any(_SUBJECT.fullmatch(word) for word in rest[:verb]):
        return False
    inverted = not of_what or any(_SUBJECT.fullmatch(word) for word in rest[verb + 1 : verb + 2])
    return inverted or not re.search(rf" {ASKED}\b", _ROW.sub("", before), _I)


def _is_verb(word: str, place: int, asked: str, of_what: bool) -> bool:
    """Whether the word at a place behind "who" or "how many people" is likely the question's verb:
    an auxiliary, or, of what does something, a past form, or "owns" at once."""
    at_once = place == 0 and asked in ("who", "what") and re.search("[^s]s$", word)
    return bool(re.fullmatch(AUX, word, _I)) or (of_what and (is_past(word) or bool(at_once)))


def _asked(part: str) -> str:
    part = part.strip(" ,;?")
    return f"{part[:1].upper()}{part[1:]}?"


def understand_part(
    part: str, typed: str, earlier: Sequence[Exchange], background: Background
) -> Understood:
    """A part, and how it was `typed`, as it is asked after the parts before it: what they are about
    weighs in whether it leans on them or not, and so does the conversation that the question stands
    in."""
    asked = understand(part, earlier) if earlier else Understood(part, part)
    own = background_of(earlier)
    known = replace(
        background,
        words=(*own.words, *background.words),
        meaning=(*own.meaning, *background.meaning),
        articles=tuple(dict.fromkeys((*own.articles, *background.articles))),
        bonus=own.bonus,
        typed=typed,
    )
    return replace(asked, background=known)


def joined(question: str, asked: Sequence[str], answers: Sequence[Answer]) -> Answer:
    """One answer of the answers to the parts, in their order, each sentence once. Where a part has
    none, it says of which the articles do not say. `short` is that of the first part with one."""
    sentences: list[AnswerSentence] = []
    numbers: dict[tuple[str, int, int], int] = {}
    for part, answer in zip(asked, answers, strict=True):
        if not answer.answered:
            sentences.append(AnswerSentence(abstention_of(_last_sentence(part)), "abstention"))
        for sentence in answer.sentences if answer.answered else ():
            places = [(c.article.id, c.start, c.end) for c in sentence.citations]
            if all(place in numbers for place in places):
                continue
            cited = tuple(
                replace(c, number=numbers.setdefault(place, len(numbers) + 1))
                for c, place in zip(sentence.citations, places, strict=True)
            )
            sentences.append(replace(sentence, citations=cited))
    given = [answer for answer in answers if answer.answered]
    shorts = [answer.short for answer in given if answer.short]
    return Answer(
        question,
        tuple(sentences),
        min(answer.confidence for answer in given),
        shorts[0] if shorts else None,
        timings_ms=spent(answers),
    )


def spent(answers: Sequence[Answer]) -> dict[str, float]:
    """The milliseconds that it took to find and read for these answers."""
    return {name: sum(a.timings_ms[name] for a in answers) for name in ("retrieve", "read")}


def surest(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Each sentence once, the surest first."""
    best: dict[tuple[str, Span], Evidence] = {}
    for item in sorted(evidence, key=lambda item: -item.confidence):
        best.setdefault((item.article.id, item.span), item)
    return list(best.values())
