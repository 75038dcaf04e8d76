"""A fragment -> a whole question: "When?", "And Kabul?" after a question that they complete.

What is left out is taken from the question before. Where that one asked who or what did something,
its short answer, or the man or group that it asked for, stands where it asked.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from rag.checks.irregular import BASE_FORMS
from rag.mentions import TITLES, Mention, mentions
from rag.referents import BRACKETS
from rag.turns import Exchange
from rag.words import stem

AUX = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might)"
ASKED = r"(?:who|whom|whose|what|which|when|where|why|how)"
_PREPOSITION = r"(?:in|at|on|by|for|from|to|with|of|after|before|during|over|since|about|near)"
_BARE = re.compile(
    r"^(?P<asks>(?:(?:in|at|on|by|for|from|to|with|out of|of|since|until) )?"
    r"(?:who|whom|when|where|why(?: not)?"
    r"|how(?: (?!did|do|does|is|was|come)\w+(?: \w+)?)?"
    r"|(?:which|what|whose) (?!about|else|happened)\w+(?<!ed)))"
    r"(?: (?:is|was|were|did|does) (?:that|it|this|they|those)(?: happen| take place)?)?\s*\??$",
    re.IGNORECASE,
)
_WHAT = rf"(?:what|which|whose|how)\b(?: (?!{AUX}\b)[\w’'-]+){{0,6}}?"
_WITH_AUX = re.compile(
    rf"^(?P<led>{_PREPOSITION} )?(?P<asked>(?:who|whom|when|where|why)(?: else| exactly)?|{_WHAT})"
    rf" (?P<aux>{AUX})(?:n['’]t)? (?P<rest>.+)$",
    re.IGNORECASE,
)
_YES_NO = re.compile(rf"^{AUX}(?:n['’]t)? ", re.IGNORECASE)
_ANYONE = re.compile(rf"^({AUX}) (?:anyone|anybody) (.+)$", re.IGNORECASE)
_KIND_ASKED = re.compile(r"\b(?:which|what|how many) (?:[\w’'-]+ ){0,2}?([a-z]+)(?= of\b|$)", re.I)
_OPINION = re.compile(
    r"\b(?:believe|say|think|claim|allege|report|expect|suspect)s?(?= (?P<verb>[a-z]+)\b)", re.I
)
_BEFORE_PREPOSITION = re.compile(rf"(?<=\w) (?={_PREPOSITION} )", re.IGNORECASE)
VERB = re.compile(rf"\b(?:{AUX}|tell|list|name|give|explain|describe|say|said)\b", re.I)
_LED = re.compile(rf"({_PREPOSITION}|according to|because of|instead of) \w", re.IGNORECASE)
_PLAIN = r"[a-z][\w-]*(?=\?|$| (?:in|of|on|at|by|to|for|from|with|about|over|after|before)\b)"
_DAY = re.compile(r"\b(?:today|tonight|yesterday|tomorrow|(?:last|this|next) [a-z]+day)\b", re.I)
_NO_VERBS = frozenset("man woman child person good bad death loss percent".split())
_SOMEBODY = re.compile(r"an? [a-z-]+(?: [a-z-]+)?")
_MOST_ASKED_WORDS = 7


def completed(body: str, last: Exchange, *, opened: bool) -> str | None:
    """A fragment made whole by the question before it, or None for what is no fragment.

    `body` is the turn without an opening "and" or "what about"; `opened` whether it had one.
    """
    before = BRACKETS.sub("", last.question)
    if bare := _BARE.match(body):
        return _asked_of(bare["asks"], before, last.short)
    if not opened or VERB.search(body) or re.match(rf"{ASKED}\b", body, re.I):
        return None
    return _in_place(body.rstrip("? "), before)


def _asked_of(bare: str, before: str, short: str | None) -> str:
    """ "When?" after a question: the same matter, asked for something else."""
    before = before.rstrip("? ")
    if subject := _asked_subject(before):
        asked, did = subject
        if re.search(r"\b(?:who|which)\b", bare, re.I):
            return f"{bare} {did}?"
        tense = "is" if did.split()[0].endswith("s") else "was"
        someone = "it" if asked.lower() == "what" else "someone"
        return f"{bare} {tense} it that {_filler(asked, short) or someone} {did}?"
    if found := _WITH_AUX.match(before):
        rest = found["rest"] if found["led"] else _with_object(found["asked"], found["rest"], short)
        return f"{bare} {found['aux']} {rest}?"
    if anyone := _ANYONE.match(before):
        people = "people " if bare.lower() == "how many" else ""
        return f"{bare} {people}{anyone[1].lower()} {anyone[2]}?"
    if _YES_NO.match(before):
        return f"{bare} {before[0].lower()}{before[1:]}?"
    return f"{bare}: {before}?"


def _asked_subject(question: str) -> tuple[str, str] | None:
    """ "Which man" and "left the depot", where a question asks who or what did something."""
    words = question.split()
    at = 1
    if re.fullmatch(r"which|what|whose|how", words[0], re.I):
        noun = itertools.takewhile(_goes_on, words[1:_MOST_ASKED_WORDS])
        least = 0 if words[0].lower() == "what" else 1
        at += next((n for n, word in enumerate(noun) if n >= least and is_past(word)), least)
    elif words[0].lower() != "who":
        return None
    if len(words) > at and _is_verb(words[at]) and not re.fullmatch(AUX, words[1], re.I):
        return " ".join(words[:at]), " ".join(words[at:])
    return None


def _goes_on(word: str) -> bool:
    """Whether a word may belong to "which former leader" rather than to what follows."""
    return not re.fullmatch(rf"{AUX}|the|an?|his|her|its|their", word, re.I)


def stated(before: str, short: str | None) -> str:
    """What a question and its short answer say together: "ISKP claimed the attacks"."""
    before = BRACKETS.sub("", before).rstrip("? ")
    if subject := _asked_subject(before):
        return f"{_filler(subject[0], short) or 'someone'} {subject[1]}"
    found = _WITH_AUX.match(before)
    return _with_object(found["asked"], found["rest"], short) if found else before


def _is_verb(word: str) -> bool:
    """Whether a word after "who" or "which man" is likely what he did."""
    return not re.fullmatch(AUX, word, re.I) and (is_past(word) or bool(re.search(r"[^s]s$", word)))


def is_past(word: str) -> bool:
    irregular = BASE_FORMS.get(word, word) not in {word, *_NO_VERBS}
    return irregular or bool(re.search(r"[a-z][^e]ed$", word))


def _filler(asked: str, short: str | None) -> str:
    """What stands where a question asked: its short answer where that is a name or a few words,
    else the kind of thing that it asked for; "" where it asked for neither."""
    kind = _KIND_ASKED.search(asked)
    if short and (named := mentions(f"about {short}")) and named[0].kind != "time":
        return re.sub(r"^(?:The|An?) ", lambda article: article[0].lower(), short)
    if kind:
        return f"the {kind[1]}"
    somebody = re.match(r"who\b", asked, re.I) and short and _SOMEBODY.fullmatch(short)
    return short if short and somebody else ""


def _with_object(asked: str, rest: str, short: str | None) -> str:
    """What follows the auxiliary, with the filler where the question asked: first where a verb
    or preposition follows at once, else after "believe", before a preposition, or last."""
    if re.match(r"when|where|why|how(?! many\b)", asked, re.I):
        named = short and mentions(f"about {short}") and short.lower() not in rest.lower()
        return f"{rest} ({short})" if named else rest
    filler = _filler(asked, short)
    if not filler or filler.lower() in rest.lower():
        return rest
    first = rest.split()[0]
    if first.endswith("ing") or is_past(first) or _opens_phrase(first):
        return f"{filler} {rest}"
    for opinion in _OPINION.finditer(rest):
        if _is_verb(opinion["verb"]) or re.fullmatch(AUX, opinion["verb"]):
            return f"{rest[: opinion.end()]} {filler}{rest[opinion.end() :]}"
    if gap := _BEFORE_PREPOSITION.search(rest, len(first)):
        return f"{rest[: gap.start()]} {filler}{rest[gap.start() :]}"
    return f"{rest} {filler}"


def _opens_phrase(word: str) -> bool:
    return bool(re.fullmatch(_PREPOSITION, word, re.I))


def _in_place(fragment: str, before: str) -> str:
    """The question before with the fragment in place of its like."""
    for swap in (_led_alike, _owner, _numbered, _day, _name, _thing):
        if (whole := swap(fragment, before)) and whole != before:
            return whole
    if not (VERB.search(before) or re.match(rf"{ASKED}\b", before, re.I)):
        return f"{fragment}?"
    link = " " if _LED.match(fragment) else ": "
    return f"{before.rstrip('? ')}{link}{fragment}?"


def _led_alike(fragment: str, before: str) -> str | None:
    """What follows a preposition for what followed it."""
    if not (led := _LED.match(fragment)):
        return None
    pattern = rf"\b{led[1]} (?:the |a |(?:{'|'.join(TITLES)})\.? )?[\w’'-]+(?: [A-Z][\w’'-]*)*"
    return re.sub(pattern, literal(fragment), before, flags=re.I)


def _owner(fragment: str, before: str) -> str | None:
    """A possessive for a possessive."""
    if not re.search(r"['’]s?$", fragment):
        return None
    pattern = r"\b(?:the )?(?:[\w-]+ ){0,1}[\w-]+['’]s?(?=[\s?,]|$)"
    return re.sub(pattern, literal(fragment), before, count=1)


def _numbered(fragment: str, before: str) -> str | None:
    """ "Line 8" for "lines 1 to 7", and "9" for the last number."""
    if fragment.isdigit():
        return re.sub(r"\b\d+\b(?!.*\d)", fragment, before)
    if not (new := re.fullmatch(r"([^\W\d_]+) \d+", fragment)):
        return None
    for old in re.finditer(r"\b([^\W\d_]+) \d+(?: (?:to|and|or) \d+)*", before):
        if stem(old[1]) == stem(new[1]):
            return f"{before[: old.start()]}{fragment}{before[old.end() :]}"
    return None


def _day(fragment: str, before: str) -> str | None:
    return _DAY.sub(fragment, before) if _DAY.fullmatch(fragment) else None


def _name(fragment: str, before: str) -> str | None:
    """A name for a name that begins as it does, or else of its kind."""
    new = mentions(f"about {fragment}")
    alike = _alike(new[0], mentions(before)) if new else []
    return before.replace(alike[0].text, fragment, 1) if alike else None


def _thing(fragment: str, before: str) -> str | None:
    """ "The dam" for the last thing that the question speaks of without a name."""
    if mentions(f"about {fragment}") or not re.match(r"(?:the|his|her|its|their) ", fragment):
        return None
    old = list(re.finditer(rf"\bthe {_PLAIN}", before))
    return f"{before[: old[-1].start()]}{fragment}{before[old[-1].end() :]}" if old else None


def _alike(new: Mention, olds: Sequence[Mention]) -> list[Mention]:
    """The names whose place another may take, the likeliest first: those that begin as it does,
    then those of its kind, the last first."""
    begun = new.text.split()[0]
    same = [old for old in olds if old.text.split()[0] == begun and old.text != begun]
    kinds = {new.kind, *({"place", "thing"} if new.kind in ("place", "thing") else ())}
    return same or [old for old in reversed(olds) if old.kind in kinds]


def literal(text: str) -> str:
    """Text as the replacement of `re.sub`."""
    return text.replace("\\", r"\\")
