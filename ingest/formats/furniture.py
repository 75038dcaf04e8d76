"""The lines of a web page that copying an article leaves at its end."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LONGEST = 120
_NEWSLETTER = r"(?:(?:our|the|a)\s+)?(?:\S+\s+){0,3}?newsletters?"
_AFTERWARDS = r"(?:\s*[:|>→»-].*|\s+(?:here|now|today))?"

# Each row is a whole line, without case; a full stop or an arrow may follow it.
_PATTERNS = (
    # comments
    r"comments (?:are|have been) (?:now )?(?:closed|disabled|turned off)(?: (?:for|on) this .*)?",
    r"no comments(?: yet)?|(?:view |show |read |see )?(?:all )?\d+ comments?|comments(?: \(\d+\))?",
    r"(?:leave|post|add|write) a (?:comment|reply)|join the (?:conversation|discussion)",
    # newsletters and accounts
    rf"(?:subscribe|sign up)(?: (?:to|for) {_NEWSLETTER})?{_AFTERWARDS}|newsletter",
    r"get (?:our|the) .* in your inbox|log ?in|sign ?in|register|create (?:an|your) account",
    # sharing
    r"share(?: (?:this|the)(?: (?:article|story|post|page|news))?)?(?: (?:on|via|with) .*)?:?",
    r"(?:facebook|twitter|tweet|x|whatsapp|linkedin|telegram|email|print|copy link)"
    r"(?: this(?: article| story| page)?)?",
    r"follow us(?: on .*)?|like us on facebook",
    # other articles
    r"(?:read|see|learn) more(?: (?:here|on this (?:story|topic)))?",
    r"(?:read more|also read|read also|read next|up next|see also|(?:next|previous) \S+):.*",
    r"(?:related|more|recommended|latest|trending|popular|most read|top)"
    r"(?: (?:articles?|stories|story|news|posts?|topics|content|reading|coverage))"
    r"(?: from(?: \S+){1,3})?:?",
    r"(?:next|previous) (?:article|post|story)|you (?:may|might) also like|most (?:read|popular)",
    r"(?:tags|topics|filed under|categories)\s*:.*",
    # advertising, the page's foot
    r"advertise?ments?|advertising|sponsored(?: content)?|promoted(?: content)?",
    r"(?:©|\(c\)|copyright ©)\s*\d{4}.*|copyright \d{4}(?: \S+){0,4}|all rights reserved",
    r"back to top|(?:terms of (?:use|service)|privacy policy|cookie policy|about us|contact us)",
)
_FURNITURE = re.compile(rf"(?:{'|'.join(_PATTERNS)})[\s.…>→»]*", re.IGNORECASE)


def without_furniture(paragraphs: Sequence[str]) -> list[str]:
    """The paragraphs without those at the end that are nothing but a page's furniture.

    Only whole paragraphs at the end go, and only if an article remains: a reader who quotes
    "Comments are closed." inside an article keeps it.
    """
    kept = list(paragraphs)
    while kept and _is_furniture(kept[-1]):
        kept.pop()
    return kept or list(paragraphs)


def _is_furniture(paragraph: str) -> bool:
    lines = [line.strip() for line in paragraph.splitlines() if line.strip()]
    return all(len(line) <= _LONGEST and _FURNITURE.fullmatch(line) for line in lines)
