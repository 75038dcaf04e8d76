"""What a language model writes, as it arrives -> sentences and the numbers that they cite."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ingest.split import split_sentences

_MOST_CHARACTERS = 1_000  # of a line or an object that does not end
_MARKS = re.compile(r"\s*[\[【]\s*(?:evidence\s*)?\d+(?:\s*[,;]\s*\d+)*\s*[\]】]", re.IGNORECASE)
_UNFINISHED_MARK = re.compile(r"\s*[\[【][^\]】]*$")
_LABEL = re.compile(r"^\s*(?:[-*•]\s+|\d{1,2}[.)]\s+|(?:answer|sentence)\s*\d*\s*:\s*)+", re.I)
_THOUGHT = "<think>"
_THINKING = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)
_OPEN_TEXT = re.compile(r'"text"\s*:\s*"(?P<text>(?:[^"\\]|\\.)*)', re.DOTALL)
_OPEN_NUMBERS = re.compile(r'"evidence"\s*:\s*\[(?P<numbers>[\d,\s]*)')


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence that a model wrote, without its marks, and the evidence it names, in order."""

    text: str
    numbers: tuple[int, ...] = ()


def drafts(pieces: Iterable[str]) -> Iterator[Draft]:
    """Each sentence when it is complete.

    Read are the JSON form {"sentences": [{"evidence": [1], "text": "…"}]} and lines of text with
    [1] marks; what a model thinks between <think> tags is left out, and so is what is neither, and
    a sentence that was not ended. One that does not end ends the reading.
    """
    stream = iter(pieces)
    written = ""
    for piece in stream:
        written = _THINKING.sub("", written + piece).lstrip()
        if written and not _THOUGHT.startswith(written[: len(_THOUGHT)]):
            read = _objects if written.startswith(("{", "`")) else _lines
            yield from (draft for draft in read(written, stream) if _is_ended(draft.text))
            return


def _objects(written: str, stream: Iterator[str]) -> Iterator[Draft]:
    """The objects of a list, each when its brace is closed."""
    decoder = json.JSONDecoder()
    place = -1
    for piece in _and_after(written, stream):
        written = written + piece
        if place < 0:
            place = written.find("[") + 1 or -1
        while place >= 0 and (start := written.find("{", place)) >= 0:
            try:
                found, place = decoder.raw_decode(written, start)
            except ValueError:
                break
            yield from _of_object(found)
        if len(written) - max(place, 0) > _MOST_CHARACTERS:
            break
    if place >= 0:
        yield from _of_unfinished(written[place:])


def _of_object(found: Any) -> Iterator[Draft]:
    text, numbers = found.get("text"), found.get("evidence")
    if isinstance(text, str):
        named = numbers if isinstance(numbers, list) else [numbers]
        known = tuple(n for n in named if isinstance(n, int) and not isinstance(n, bool))
        yield from (draft for draft, _ in _marked(text, known))


def _of_unfinished(rest: str) -> Iterator[Draft]:
    """The whole sentences of an object that was never closed."""
    if not (found := _OPEN_TEXT.search(rest)):
        return
    numbers = _OPEN_NUMBERS.search(rest)
    known = tuple(map(int, re.findall(r"\d+", numbers["numbers"]))) if numbers else ()
    text = found["text"].replace('\\"', '"').replace("\\n", "\n")
    yield from (draft for draft, _ in _marked(text, known))


def _lines(written: str, stream: Iterator[str]) -> Iterator[Draft]:
    """The sentences of lines, each when the next one has begun."""
    for piece in _and_after("", stream):
        written += piece
        *whole, written = written.split("\n")
        for line in whole:
            yield from (draft for draft, _ in _marked(line))
        begun = list(_marked(_UNFINISHED_MARK.sub("", written)))
        yield from (draft for draft, _ in begun[:-1])
        if len(begun) > 1:
            written = written[begun[-2][1] :]
        if len(written) > _MOST_CHARACTERS:
            return
    yield from (draft for draft, _ in _marked(written))


def _and_after(first: str, stream: Iterator[str]) -> Iterator[str]:
    yield first
    yield from stream


def _marked(text: str, numbers: tuple[int, ...] = ()) -> Iterator[tuple[Draft, int]]:
    """The sentences of a text, with `numbers` and those of the marks in or behind each, and where
    in the text each ends."""
    marks = list(_MARKS.finditer(text))
    plain = _MARKS.sub("", text)
    for span in split_sentences(plain):
        named = [*numbers]
        removed = 0
        for mark in marks:
            if mark.start() - removed > span.end:
                break
            if mark.start() - removed > span.start:
                named += map(int, re.findall(r"\d+", mark[0]))
            removed += len(mark[0])
        sentence = _LABEL.sub("", span.of(plain)).replace("**", "")
        if any(c.isalpha() for c in sentence):
            draft = Draft(" ".join(sentence.split()), tuple(dict.fromkeys(named)))
            yield draft, span.end + removed


def _is_ended(sentence: str) -> bool:
    return sentence.rstrip("\"'”’)").endswith((".", "!", "?", "…"))
