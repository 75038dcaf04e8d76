"""What a language model is asked: the instructions, and evidence that cannot act as one.

A sentence of an article becomes one numbered line without the characters that marks, tags and chat
templates are made of. An article that speaks to a language model is not put to one at all.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import category, normalize

from ingest.article import clean
from ingest.tokens import count_tokens
from rag.prose import SHORTENED

_FILE = Path(__file__).parent / "prompts" / "answer.toml"
_HARMLESS = str.maketrans(dict(zip("[]【】<>{}|`", "()()‹›()¦'", strict=True)))
_QUOTED = re.compile(r'"([^"]*)"')
_LABELS = r"system|assistant|user|human|developer|instructions?|question"
_TELLING = (
    r"(?:always |only |never |not |also )?(?:answer|say|reply|respond|state|output|ignore|repeat"
    r"|cite|tell|add|recommend|mention)"
)
_ORDERS = "|".join(
    (
        r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,60}\b(?:instruct\w+|prompts?|rules?"
        r"|guidelines|orders|directions|told|above|previous|prior|earlier|everything)\b",
        r"(?:^|[.!?:]\s+)(?:ignore|disregard|forget) (?:all )?(?:the |your )?evidence\b",
        r"\b(?:new|system|developer|hidden|secret|initial|original) (?:instructions?|prompts?"
        r"|message|override)\b",
        r"<\|[^|\n]*\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|</?s>|\bend of (?:the )?"
        r"(?:evidence|prompt|instructions|context)\b",
        rf"</?\s*(?:{_LABELS}|evidence|context|documents?|sources?|articles?|prompt)s?\s*/?>",
        r"\bpretend to be\b|\{\{|\}\}|#{2,} *(?:instruction|response|system|prompt)",
        r"(?:^|[.!?:]\s+)(?:\[\d+\]\s|evidence \[?\d+\]?\s*:)",
        r"\b(?:you are|act as|you're) (?:now |currently )?(?:an? |the )?(?:helpful "
        r"|large |unrestricted )*(?:ai|a\.i\.|llm|(?:language )?model|chat ?bot|assistant"
        r"|chatgpt|gpt|dan)\b",
        r"\b(?:ai|llms?|chat ?bots?|(?:ai|language) models?|(?:ai|virtual|automated) assistants?"
        r"|answer(?:ing)? (?:engines?|systems?))\b.{0,60}\b(?:must|should"
        rf"|shall|have to|need to|are to|is to|will|please|do not|never|always) (?:{_TELLING})\b",
        r"\b(?:dear|attention|note to|message (?:to|for)|instructions? (?:to|for)|if you are"
        r"|hey|hello) (?:all |any |every |the |an? )*(?:ai|llms?|chat ?bots?|(?:language )?models?"
        r"|assistants?|reader model)\b",
        r"\b(?:your|the|any|every|each|all) (?:final |next |only )?(?:answers?|replies|reply"
        r"|responses?|outputs?|summar(?:y|ies))\b.{0,40}\b(?:must|should|shall|has to|have to"
        rf"|needs? to|is to|are to|will) (?:be that|{_TELLING})\b",
        r"\b(?:your|the real|the actual) (?:every (?:answer|reply|response)|(?:new |next )?task"
        r"|role|instructions)\b",
        r"\b(?:correct|right|proper|only) (?:answer|response|reply) to (?:any|all|every|each)\b",
        r"\bwhen(?:ever)? (?:you are )?asked\b[^.]{0,80}, (?:reply|respond|answer|say|state"
        r"|write)\b",
        r"\b(?:whoever|anyone who|those who) (?:condenses?|summari[sz]es?|answers?)\b"
        r"|\bsummari[sz]ers?\b|<!--",
        r"[\"'](?:role|content|system)[\"']\s*:|\b(?:tool|function)_calls?\b",
        r"\b(?:admin|developer|debug|god|jailbreak) mode\b|\bpretend that the\b|\bplease do as\b",
        r"\b(?:decode|decrypt) (?:this|the following)\b",
        r"\b(?:text|messages?|input) (?:that )?you (?:received|were given|have read)\b",
        r"\bverbatim and nothing else\b|\boutput the following\b",
        # the same in other languages of Europe
        r"\b(?:ignor|oubli|olvid|dimentic|vergiss|vergess|vergeet)\w*\b.{0,60}\b(?:instru[ck]\w+"
        r"|istruzion\w+|anweisung\w+|consignes?|aanwijzing\w+|vorgaben)\b",
    )
)
_OPENING = (
    rf"(?:^|[.!?…>]\s*)#*\s*(?:{_LABELS})\s*:"
    r"|(?:^|[.!?:;—–-]\s*|\bplease |\binstead,? |\bthen |\bnow |\band )(?:say|respond|reply|answer"
    r"|output|print|repeat|cite|reveal|translate|append|insert|tell the (?:user|reader)|state"
    r"|conclude|write)\b (?:only|exactly|with|that|this|the following|the words|evidence|your"
    r"|in your|to the user|[\"“'‘\[])"
)
_SPEAKS_TO_A_MODEL = re.compile(rf"{_ORDERS}|{_OPENING}", re.IGNORECASE | re.MULTILINE)
# "Ignore" with a Cyrillic "о" in it, and "I g n o r e".
_WORD = re.compile(r"\w+")
_LINK = re.compile(r"\bhttps?://\S+")
_LATIN = re.compile("[A-Za-z]")
_SHORTEST_CODE = 24
_LIKE_LATIN = re.compile("[\u0430\u0435\u0456\u043e\u0440\u0441\u0443\u0445\u03bf]")
_SPACED_OUT = re.compile(r"\b(?:[A-Za-z] ){3,}[A-Za-z]\b")
# Small models are content with a number or a name, or go on within one string for ever: a full stop
# ends the sentence, but for those of "Dr.", "Nov. 3", "U.S.", "3.5" and "7 p.m.".
_SHORT = f"({SHORTENED}|U[.]S|U[.]N)[.]"
_HOUR = " [ap][.]m[.]"
_SENTENCE = (
    rf'^({_SHORT} )?[A-Z“]([^".\n]| {_SHORT}| [A-Z]([.][A-Z])*[.]|[0-9][.][0-9]|{_HOUR}){{20,}}'
    rf"([.]|{_HOUR})$"
)
_MOST_NUMBERS = 3
_MESSAGE_TOKENS = 16  # what a chat template adds, and more


class Message(NamedTuple):
    """A message to a model."""

    role: str
    text: str


def prompt_version() -> str:
    """The version of the file that the instructions stand in."""
    return str(_file()["version"])


def speaks_to_a_model(text: str) -> bool:
    """Whether a text gives a language model orders, or poses as a message to one."""
    masked = any(_is_masked(word) for word in _WORD.findall(_LINK.sub("", text)))
    return masked or _SPEAKS_TO_A_MODEL.search(_unmasked(text)) is not None


def _is_masked(word: str) -> bool:
    """Whether a word has letters that only look Latin among Latin ones, or looks like base64."""
    if _LIKE_LATIN.search(word) and _LATIN.search(word):
        return True
    kinds = (str.isdigit, str.islower, str.isupper)
    return len(word) >= _SHORTEST_CODE and all(any(map(kind, word)) for kind in kinds)


def _unmasked(text: str) -> str:
    """The text without invisible characters, and with words that are spaced out as words again."""
    visible = "".join(c for c in normalize("NFKC", text) if category(c) != "Cf")
    return _SPACED_OUT.sub(lambda match: match[0].replace(" ", ""), visible)


def question_messages(question: str, evidence: Sequence[str], most: int) -> list[Message]:
    """What is asked for an answer of at most that many sentences; evidence is numbered from 1."""
    return _messages("question", question, enumerate(evidence, 1), most)


def repair_messages(question: str, evidence: Iterable[tuple[int, str]]) -> list[Message]:
    """What is asked for one sentence that is to rest on this evidence, given with its numbers."""
    return _messages("repair", question, evidence, 1)


def within(budget: int, question: str, evidence: Sequence[str], most: int) -> int:
    """How many of the evidence sentences, from the first, can be asked within a budget of tokens,
    as tiktoken counts them."""
    spent = count_messages(question_messages(question, [], most))
    for number, sentence in enumerate(evidence):
        spent += count_tokens(f"{_line(number + 1, sentence)}\n")
        if spent > budget:
            return number
    return len(evidence)


def count_messages(messages: Sequence[Message]) -> int:
    """The tokens of messages, about as a model counts them."""
    return sum(count_tokens(message.text) + _MESSAGE_TOKENS for message in messages)


def answer_schema(numbers: Sequence[int], most: int) -> dict[str, Any]:
    """The JSON schema of an answer that cites these numbers: the evidence is named before the
    sentence, so that a model writes with it in view."""
    number = {"type": "integer", "enum": list(numbers)}
    evidence = {"type": "array", "items": number, "minItems": 1, "maxItems": _MOST_NUMBERS}
    sentence = _object(evidence=evidence, text={"type": "string", "pattern": _SENTENCE})
    return _object(sentences={"type": "array", "items": sentence, "minItems": 1, "maxItems": most})


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _messages(
    form: str, question: str, evidence: Iterable[tuple[int, str]], most: int
) -> list[Message]:
    lines = "\n".join(_line(number, sentence) for number, sentence in evidence)
    asked = _file()[form].strip().format(evidence=lines, question=_harmless(question))
    return [Message("system", _file()["system"].strip().format(most=most)), Message("user", asked)]


def _line(number: int, sentence: str) -> str:
    return f"[{number}] {_harmless(sentence)}"


def _harmless(text: str) -> str:
    """Text on one line, in which nothing is a mark, a tag or a template's token, or would end a
    string of JSON where a model copies it."""
    line = _QUOTED.sub(r"“\1”", " ".join(clean(text).split()))
    return line.replace('"', "”").translate(_HARMLESS)


@lru_cache(maxsize=1)
def _file() -> dict[str, str]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
