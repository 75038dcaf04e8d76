"""The kind of words that a question asks for, and words that cannot be of it."""

from __future__ import annotations

import re

from ingest.article import Span
from rag.coverage import asked_relation
from rag.words import NUMBER, stem, stems

_POLAR = re.compile(
    r"^(?:and |but |so )?(?:is|are|am|was|were|do|does|did|has|have|had|can|could|will|would|should"
    r"|may|might|must)(?:n['’]t)?\b(?!.* or )",
    re.IGNORECASE,
)
_TIME = r"(?:second|minute|hour|day|night|week|month|season|year|decade|centur)"
_QUANTITY = re.compile(
    rf"\d|{NUMBER.pattern}|\b(?:no|none|nobody|both|pair|couple|few|several|many|most|all|an?|zero"
    r"|single|once|twice|scores?|majority|billions?|\w+ty[- ]\w+|double|nothing|free|everything"
    r"|every|each)\b",
    re.IGNORECASE,
)
_SAYS_AGE = re.compile(
    r"\b(?:aged?|ages|age of|turn(?:s|ed|ing)|(?:die[sd]?|dying|dead|death|retire[sd]?) at)\s*$",
    re.IGNORECASE,
)
_BEFORE_AGE = re.compile(r"(?:\b(?:is|was|now)|[,(]|(?:^|[,;“])\s*at)\s*$", re.IGNORECASE)
_AFTER_AGE = re.compile(r"\s*(?:[,.;:)”\"]|(?:and|or|who|when)\b|$)")
_NEAR = 20
_AGE = re.compile(r"\bold\b|\b(?:1\d|20)\d\d\b|\b(?:teens|twenties|\w+ties)\b", re.IGNORECASE)
_OLD = re.compile(
    rf"\b{_TIME}\w*[- ](?:old|of age)\b|\bbirthday\b"
    r"|\b(?:thousand|million|billion)s?(?: of)? years\b",
    re.IGNORECASE,
)
_A_WHILE = re.compile(
    rf"\b{_TIME}|\b(?:since|until|till|from|forever|life|lifetime|permanently|indefinitely|long)\b"
    r"|\b(?:1\d|20)\d\d\b|\d:\d",
    re.IGNORECASE,
)
_ONLY_A_WHILE = re.compile(
    r"(?:(?:about|some|nearly|almost|over|up to|(?:more|less) than|at least) )?"
    rf"(?:{NUMBER.pattern}) {_TIME}s?",
    re.IGNORECASE,
)
_MAKES_A_MOMENT = re.compile(
    r"\s*(?:ago|later|earlier|after|before|into|from now|old|since|prior|following)\b",
    re.IGNORECASE,
)
_LEADS_TO_A_MOMENT = re.compile(
    r"\b(?:after|in|within|at|on|by|from|past|last|next|th[eio]\w+)\s*$", re.I
)
_IN_A_PLACE = re.compile(r"(?i:at|in|near|outside) (?!.* of ).*[A-ZÀ-Þ][\w’'-]+")
_TELLS_TIME = re.compile(
    r"\d|\b(?:january|february|march|april|may|june|july|august|september|october|november"
    r"|december|mon|tues|wednes|thurs|fri|satur|sun|yester|(?:to|mid)?day|days|to(?:night|morrow)"
    r"|spring|summer|autumn|fall|winter|morning|noon|afternoon|evening|nights?|dawn|dusk|sunset"
    rf"|sunrise|{_TIME}s?|centur(?:y|ies)|age|ages|era|reign|time|times|war|period|dynasty"
    r"|renaissance|revolution|antiquity|christmas|easter|lent|advent|ramadan|eid|passover|diwali"
    r"|eve|after|before|during|ago|last|next|early|late|earlier|later|when|since|until|now|once"
    r"|soon|recently)(?:day)?\b",
    re.IGNORECASE,
)
_ALIAS = re.compile(
    r"(?<![\w’'-])((?:[\w’'-]+ ){0,2}[\w’'-]+)[^\w’'-]+(?:who (?:is|was) )?"
    r"(?:also |better |formerly )?(?:known as|called|alias|a\.?k\.?a\.?|nicknamed)\W+$",
    re.IGNORECASE,
)
_ASKS_WHO = re.compile(
    r"(?:who|whom|whose|which|what)\b(?!.*\b(?:den(?:y|ies|ied)|reject|disput|refut))", re.I
)
_DENIES = re.compile(
    r" (?:(?:has|have|had|always|again|\w+ly) )*"
    r"(?:den(?:y|ies|ied)|reject(?:s|ed)?|refut(?:e|es|ed)|disput(?:e|es|ed)|dismiss(?:es|ed)?)\b"
)
_APPOSED = re.compile(r"([A-ZÀ-Þ][\w-]+)(?:,| –| —) (?:an? |the )?$")
_ASKS_WHEN = re.compile(r"when (?:is|was|were|did|does|do|will)\b(?!.*\bsince\b)", re.IGNORECASE)
_ASKS_NAME = re.compile(r"\b(?:names?|known|called|alias|who is|who was)\b", re.IGNORECASE)
_LEADS_TO_A_MARGIN = re.compile(r"\b(?:by|of)(?: [a-z]+){0,2} [\w.,-]+(?: [a-z]+)?$", re.IGNORECASE)
_MAKES_A_MARGIN = re.compile(r"\b(?:ahead|clear|margin|majority|lead|difference)\b", re.IGNORECASE)
_UNIT_NEXT = re.compile(rf"\W*{_TIME}", re.IGNORECASE)
_NUMBERS_ONLY = re.compile(r"[\d.,:%$£€\s–-]+(?:per ?cent|percent|[ap]\.m)?\.?", re.IGNORECASE)


def is_polar(question: str) -> bool:
    """Whether a question is answered by yes or no."""
    return _POLAR.match(question) is not None


def is_of_another_kind(question: str, text: str, sentence: Span, answer: Span) -> bool:
    """Whether the words at `answer` cannot be what the question asks for: a height for an age, a
    number for a person, a while for a moment."""
    said = answer.of(text)
    before, after = text[sentence.start : answer.start], text[answer.end : sentence.end]
    for asks, fits in _FITS:
        if asks.search(question):
            return not fits(before, said, after)
    return False


def _is_an_age(before: str, said: str, after: str) -> bool:
    in_apposition = _BEFORE_AGE.search(before) and _AFTER_AGE.match(after)
    counted = _AGE.search(said) or _OLD.search(f"{said}{after[:_NEAR]}")
    return bool(counted or _SAYS_AGE.search(before) or in_apposition)


def _is_a_number(before: str, said: str, after: str) -> bool:
    return bool(_QUANTITY.search(said))


def _is_a_margin(before: str, said: str, after: str) -> bool:
    return bool(_LEADS_TO_A_MARGIN.search(f"{before}{said}") or _MAKES_A_MARGIN.search(after))


def _is_a_while(before: str, said: str, after: str) -> bool:
    return bool(_A_WHILE.search(said) or _UNIT_NEXT.match(after))


def _is_a_moment(before: str, said: str, after: str) -> bool:
    if _IN_A_PLACE.fullmatch(said) and not _TELLS_TIME.search(f"{before}{said}{after}"):
        return False
    return not (
        _ONLY_A_WHILE.fullmatch(said)
        and not _MAKES_A_MOMENT.match(after)
        and not _LEADS_TO_A_MOMENT.search(before)
    )


def _is_someone(before: str, said: str, after: str) -> bool:
    return not _NUMBERS_ONLY.fullmatch(said)


_FITS = (
    (re.compile(r"\bhow old (?:is|was|are|were)\b|\b(?:what|which) age\b", re.I), _is_an_age),
    (
        re.compile(r"\bby how (?:many|much)\b.*\b(?:win|won|los[et]|beat|lead|led)\b", re.I),
        _is_a_margin,
    ),
    (re.compile(r"\bhow many\b", re.I), _is_a_number),
    (
        re.compile(r"\bhow much (?:is|are|was|were|did|does|do|will|would|money|has|have)\b", re.I),
        _is_a_number,
    ),
    (re.compile(r"\bhow long (?:has|have|had|did|does|do|will|would)\b", re.I), _is_a_while),
    (re.compile(r"^when\b", re.I), _is_a_moment),
    (re.compile(r"^(?:who|whom|whose|where)\b", re.I), _is_someone),
)


def is_telling(question: str, text: str, sentence: Span, answer: Span) -> bool:
    """Whether the words at `answer` may stand alone for the sentence. Not for a yes or a no; not
    where they only repeat words of a question, are a second name or a description of whom it asks a
    deed about, deny the deed, or are since when something else was."""
    said = answer.of(text)
    before, after = text[sentence.start : answer.start], text[answer.end : sentence.end]
    return not is_polar(question) and not any(
        mute(question, before, said, after)
        for mute in (_is_an_echo, _is_a_second_name, _describes_the_named, _denies, _is_since_when)
    )


def _is_an_echo(question: str, before: str, said: str, after: str) -> bool:
    return " or " not in question and set(stems(said)) <= set(stems(question))


def _is_a_second_name(question: str, before: str, said: str, after: str) -> bool:
    named = None if _ASKS_NAME.search(question) else _ALIAS.search(before)
    return named is not None and set(stems(named[1])) <= set(stems(question))


def _describes_the_named(question: str, before: str, said: str, after: str) -> bool:
    if _ASKS_NAME.search(question):
        return False
    deed, named = asked_relation(question), _APPOSED.search(before)
    return bool(deed) and named is not None and stem(named[1]) in set(stems(question)) - {deed}


def _denies(question: str, before: str, said: str, after: str) -> bool:
    return bool(_ASKS_WHO.match(question) and _DENIES.match(after))


def _is_since_when(question: str, before: str, said: str, after: str) -> bool:
    return bool(_ASKS_WHEN.match(question)) and before.endswith("since ")
