"""Does a question lean on the conversation, or does it stand alone?"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from rag.mentions import has_name, mentions
from rag.pronouns import PERSON, PLURAL, THING, bound
from rag.turns import Exchange
from rag.words import distinct_stems, stems

_I = re.IGNORECASE
OPENING = re.compile(
    r"^(?:(?:ok(?:ay)?|yes|no|well|right|i see)[,.!]?\s+)?"
    r"(?:and|but|so|or|then|also|what about|how about|what if|in that case)\b[,:–—]?\s*",
    _I,
)
POINTING = re.compile(
    r"\b(?:this|these|those)\b(?! (?:week|month|year|morning|evening|summer|winter|spring"
    r"|autumn)\b)"
    r"|(?:^|\b(?:is|was|are|were|did|does|do|of|about|in|on|for|at|by|after|before|since|to"
    r"|from|with"
    r"|than|like|all|and|why|denied?|explain|mean|meant|support|use|do"
    r"|doing) )that\b(?! (?:the|a|an"
    r"|he|she|it|they|we|you|I)\b)|\bthe (?:group|militants|militia|gang)\b",
    _I,
)
THERE = re.compile(
    r"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )\bthere\b(?!['’]s|\s+(?:is|are|was|were)\b)", _I
)
THEN = re.compile(
    r"\b(?:(?:since|by|until|till|back) then|then(?=\s*[?.!]|$)|at (?:that|the) time(?! of\b))",
    _I,
)
_ANAPHORIC = re.compile(
    r"\b(?:same|others?|another|else|instead|former|latter|previous|earlier|both|either|neither"
    r"|similar|such|too|again|ones?(?=\s*[?.,]|$)|that one|as well|any more|the first|the second"
    r"|the two|more examples?|tell me more|go on|elaborate)\b",
    _I,
)
_LATER = re.compile(r"\b(?:later|afterwards?|earlier|before that|after that|beforehand)\b", _I)
_DEFINITE = re.compile(r"\bthe [a-z]")
_ASKS = re.compile(
    r"\b(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|can|could|will"
    r"|would|should|has|have|had|tell|list|name|give|explain|describe|compare)\b",
    _I,
)
_WHO_IS = re.compile(r"(?:who|what) (?:is|was|are|were) (?P<name>[^?]+ [^?]+?)\s*\??$", _I)
_FEW_WORDS = 4
_LIGHT = frozenset(
    stems("many much people person anyone anybody someone somebody thing happen long")
)

# Log odds, from a logistic regression on the dev conversations of MT-RAG and the dev chains of the
# local questions; "there", "then", "anaphoric" and "full_name" are too rare in them and were set by
# hand.
WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "opening": 1.2,
        "person": 2.0,
        "thing": 1.3,
        "plural": 1.4,
        "bound": -0.3,
        "pointing": 1.2,
        "there": 1.0,
        "then": 1.0,
        "anaphoric": 0.5,
        "bare": 0.0,
        "bare_definite": 0.4,
        "fragment": 0.3,
        "one_word": 0.5,
        "two_words": 1.3,
        "short": 1.4,
        "full_name": -3.0,
        "new_name": -1.1,
        "known_name": -0.4,
        "all_new": -0.6,
    }
)
_BIAS = 0.1
LEANS = 0.4


def leaning(question: str, earlier: Sequence[Exchange]) -> float:
    """The probability, 0 to 1, that the question cannot be understood without what was said
    before; 0 where nothing was."""
    if not earlier:
        return 0.0
    found = features(question, earlier)
    logit = _BIAS + sum(WEIGHTS.get(name, 0.0) * value for name, value in found.items())
    return 1 / (1 + math.exp(-logit))


def features(question: str, earlier: Sequence[Exchange]) -> dict[str, float]:
    """What speaks for or against leaning, by name."""
    content = [word for word in stems(question) if word not in _LIGHT]
    body = OPENING.sub("", question)
    known = distinct_stems([text for turn in earlier[-2:] for text in turn.texts])
    named = {stem for mention in mentions(question) for stem in stems(mention.text)}
    bare = not has_name(question)
    presented = _WHO_IS.match(question)
    free = {
        pronoun: bool(pronoun.search(question)) and not bound(pronoun, question)
        for pronoun in (PERSON, THING, PLURAL)
    }
    flags = {
        "opening": bool(OPENING.match(question)),
        "person": free[PERSON],
        "thing": free[THING],
        "plural": free[PLURAL],
        "bound": any(bound(pronoun, question) for pronoun in free),
        "pointing": bool(POINTING.search(body)),
        "there": bool(THERE.search(question)),
        "then": bool(THEN.search(question) or _LATER.search(question)),
        "anaphoric": bool(_ANAPHORIC.search(body)),
        "bare": bare,
        "bare_definite": bare and bool(_DEFINITE.search(question)),
        "fragment": not _ASKS.search(body) or len(body.split()) <= 2,
        "one_word": len(content) <= 1,
        "two_words": len(content) == 2,
        "short": len(body.split()) <= _FEW_WORDS,
        "full_name": bool(presented and presented["name"] in {m.text for m in mentions(question)}),
        "new_name": bool(named - known),
        "known_name": bool(named & known),
        "all_new": not set(stems(question)) & known,
    }
    return {name: float(value) for name, value in flags.items()}


def leans(question: str, earlier: Sequence[Exchange]) -> bool:
    """Whether the question is to be understood with what was said before; marks alone ask
    nothing."""
    return bool(re.search(r"\w", question)) and leaning(question, earlier) >= LEANS
