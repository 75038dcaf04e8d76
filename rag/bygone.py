"""What was and is no more, told to a question that asks what is."""

from __future__ import annotations

import re

from ingest.article import Span
from rag.words import stems

_ASKS_WHAT_IS = re.compile(
    r"\b(?:current|currently|now|nowadays|present|presently|today|incumbent|latest)\b"
    r"|^who(?:['’]s| is| are) (?:the|an?|in (?:charge|command)|head) "
    r"|^who (?:leads|heads|runs|chairs|commands|owns|manages|governs|rules)\b",
    re.IGNORECASE,
)
_PAST = (
    r"\b(?:former|formerly|ex|then|previous|previously|outgoing|one-time|erstwhile|ousted"
    r"|used to)\b"
)
_SECOND_NAME = r"(?:alias|(?:who was )?also (?:known as|called)|a\.?k\.?a\.?)"
_AFTER_SECOND_NAME = re.compile(
    rf"(?<![\w’'-])[\w’'-]+(?: [\w’'-]+){{0,2}}[^\w’'-]+{_SECOND_NAME}\W+$", re.IGNORECASE
)
_IS_PAST = re.compile(_PAST, re.IGNORECASE)
# What the words are called, after them ("X, the former leader of Y") or before ("ex-leader X").
_CALLED_AFTER = re.compile(
    rf"\W*(?:{_SECOND_NAME} [\w’'-]+(?: [\w’'-]+){{0,2}}?[^\w’'-]+)?(?:and )?"
    rf"(?:(?:the|an?|its|their|who|who was) )*{_PAST}[\s-]+((?:[\w’'-]+ ?){{1,3}})",
    re.IGNORECASE,
)
_CALLED_BEFORE = re.compile(rf"{_PAST}[\s-]+((?:[\w’'-]+[^\w’'-]+){{1,5}})$", re.IGNORECASE)
_SHORTEST_ROOT = 4


def is_bygone(question: str, text: str, sentence: Span, answer: Span) -> bool:
    """Whether the sentence says of the words at `answer` that they were, and are no more, what the
    question asks for: "Abu Omar – the former leader" for "Who is the current leader?"."""
    if not _ASKS_WHAT_IS.search(question) or _IS_PAST.search(question):
        return False
    before = _AFTER_SECOND_NAME.sub("", text[sentence.start : answer.start])
    called = (_CALLED_AFTER.match(text, answer.end, sentence.end), _CALLED_BEFORE.search(before))
    return any(match is not None and _is_asked_for(match[1], question) for match in called)


def _is_asked_for(role: str, question: str) -> bool:
    """Whether a word of the role is one of the question's, in another form perhaps."""
    roots = tuple(root for root in stems(question) if len(root) >= _SHORTEST_ROOT)
    return any(word.startswith(roots) for word in role.lower().split())
