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

from ingest.article import clean
from ingest.tokens import count_tokens

_FILE = Path(__file__).parent / "prompts" / "answer.toml"
_HARMLESS = str.maketrans(dict(zip("[]【】<>{}|`", "()()‹›()¦'", strict=True)))
_QUOTED = re.compile(r'"([^"]*)"')
_LABELS = r"system|assistant|user|human|developer|instructions?|question|evidence"
_ORDERS = "|".join(
    (
        r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,60}\b(?:instruct\w+|prompts?|rules?"
        r"|guidelines|orders|directions|evidence|told|above|previous|prior|earlier|everything)\b",
        r"\b(?:new|system|developer|hidden|secret|initial|original) (?:instructions?|prompts?"
        r"|message|override)\b",
        r"<\|[^|\n]*\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|</?s>|\bend of (?:the )?"
        r"(?:evidence|prompt|instructions|context)\b",
        rf"</?\s*(?:{_LABELS}|context|documents?|sources?|articles?|prompt)s?\s*/?>",
        r"\bpretend to be\b|\{\{|\}\}|#{2,} *(?:instruction|response|system|prompt)",
        r"(?:^|[.!?:]\s+)(?:\[\d+\]\s|evidence \[?\d+\]?\s*:)",
        r"\b(?:you are|act as|you're) (?:now |currently )?(?:an? |the )?(?:helpful "
        r"|large |unrestricted )*(?:ai|a\.i\.|llm|(?:language )?model|chat ?bot|assistant"
        r"|chatgpt|gpt|dan)\b",
        r"\b(?:ai|llms?|chat ?bots?|(?:ai|language) models?|(?:ai|virtual|automated) assistants?"
        r"|answer(?:ing)? (?:engines?|systems?))\b.{0,60}\b(?:must|should"
        r"|shall|have to|need to|are to|is to|will|please|do not|never|always)\b",
        r"\b(?:dear|attention|note to|message (?:to|for)|instructions? (?:to|for)|if you are"
        r"|hey|hello) (?:all |any |every |the |an? )*(?:ai|llms?|chat ?bots?|(?:language )?models?"
        r"|assistants?|reader model)\b",
        r"\b(?:your|the|any|every|each|all) (?:final |next |only )?(?:answers?|replies|reply"
        r"|responses?|outputs?|summar(?:y|ies))\b.{0,40}\b(?:must|should|shall|has to|have to"
        r"|needs? to|is to|are to|will)\b",
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
_WHOLE_SENTENCE = '^[A-Z“][^"]{20,}[.]$'  # small models are content with a number or a name
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
    return _SPEAKS_TO_A_MODEL.search(text) is not None


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
    evidence = {"type": "array", "items": {"type": "integer", "enum": list(numbers)}, "minItems": 1}
    sentence = _object(evidence=evidence, text={"type": "string", "pattern": _WHOLE_SENTENCE})
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
