"""Pairs for the support head: does this evidence support this statement?"""

from __future__ import annotations

import gzip
import json
import random
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from rag.checks.entail import MAX_STATEMENT_TOKENS, focused

from .data import Encoded, Question, TextEncoder
from .examples import MAX_TOKENS, Example
from .negatives import names, normal, swapped

_SNLI_TEST_KEPT_FOR_MEASURING = 3000
_MEASURED_DOMAINS = frozenset({"qmsumm", "scitldr"})
_SUPPORTED = frozenset({"entailment", "SUPPORTS", "supported", "consistent"})
# Pairs a chunk, by source; "fact" and "answer" are made from the reader's own questions.
SHARES: Mapping[str, float] = {
    "snli": 0.34,
    "fever": 0.12,
    "wice": 0.06,
    "summedits": 0.14,
    "fact": 0.19,
    "answer": 0.15,
}


@dataclass(frozen=True)
class Pair:
    """A statement, the text that should support it, and whether it does."""

    source: str
    statement: str
    evidence: str
    supported: bool


@dataclass(frozen=True)
class Pairs:
    """Pairs to train on and pairs held out, with no evidence in both."""

    train: tuple[Pair, ...]
    held_out: tuple[Pair, ...]


def read_pairs(folder: Path, every: int = 20) -> Pairs:
    """The pairs of `folder` that may be trained on, about one evidence in `every` held out.

    The last 3,000 rows of snli_test, the domains qmsumm and scitldr of summedits, and every file
    not named here are kept for measuring and never read.
    """
    rows = [
        *_rows(folder, "snli_dev", "snli"),
        *_rows(folder, "snli_test", "snli")[:-_SNLI_TEST_KEPT_FOR_MEASURING],
        *_rows(folder, "fever_symmetric_dev", "fever"),
        *_rows(folder, "wice_claim_dev", "wice"),
        *_rows(folder, "summedits_without_news", "summedits"),
    ]
    held = {pair.evidence for pair in rows if zlib.crc32(pair.evidence.encode()) % every == 0}
    train = tuple(pair for pair in rows if pair.evidence not in held)
    return Pairs(train, tuple(pair for pair in rows if pair.evidence in held))


def _rows(folder: Path, name: str, source: str) -> list[Pair]:
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Pair(source, _plain(row["hypothesis"]), _plain(row["premise"]), row["label"] in _SUPPORTED)
        for row in rows
        if row.get("domain") not in _MEASURED_DOMAINS
    ]


def _plain(text: str) -> str:
    """Treebank's spacing and quotes, as people write them."""
    text = text.replace("``", '"').replace("''", '"').replace("-LRB-", "(").replace("-RRB-", ")")
    return re.sub(r"\s+([.,;:!?%')])", r"\1", text).strip()


class SupportMaker:
    """Draws examples for the support head: a statement in the question's place, its evidence."""

    def __init__(
        self, encode: TextEncoder, pairs: Iterable[Pair], questions: Sequence[Question]
    ) -> None:
        self._encode = encode
        self._questions = [q for q in questions if q.spans and q.source != "policyqa"]
        self._by_source: dict[str, list[Pair]] = {}
        for pair in pairs:
            self._by_source.setdefault(pair.source, []).append(pair)

    def draw(self, count: int, chooser: random.Random) -> list[Example]:
        """About `count` examples, each source in its share."""
        examples: list[Example] = []
        for source, share in SHARES.items():
            wanted = round(count * share)
            if source in ("fact", "answer"):
                make = _fact if source == "fact" else _answer
                asked = chooser.choices(self._questions, k=wanted)
                made = (make(question, chooser) for question in asked)
                examples.extend(self.example(pair) for pair in made if pair is not None)
            else:
                some = chooser.choices(self._by_source[source], k=wanted)
                examples.extend(self.example(pair) for pair in some)
        return examples

    def example(self, pair: Pair) -> Example:
        """The pair as token ids; of long evidence, the sentences nearest to the statement."""
        statement = self._encode(pair.statement).ids[:MAX_STATEMENT_TOKENS]
        evidence = self._encode(pair.evidence)
        kept = _focused(evidence, statement, MAX_TOKENS - 3 - len(statement))
        nothing = np.zeros(0, np.int32)
        return Example(statement, nothing, kept, (), pair.source, pair.supported)


def _focused(evidence: Encoded, statement: np.ndarray, room: int) -> np.ndarray:
    """What of the evidence the network will see when it is asked, too."""
    if len(evidence.ids) <= room:
        return evidence.ids
    edges = [*evidence.sentences, len(evidence.ids)]
    parts = [evidence.ids[a:b].tolist() for a, b in pairwise(edges) if b > a]
    return np.array(focused(parts, set(statement.tolist()), room), np.int32)


def _fact(question: Question, chooser: random.Random) -> Pair | None:
    """A sentence of the context as the statement, or the same with a fact of it changed."""
    span = question.spans[0]
    sentence = _sentence_around(question.context, span.start, span.end)
    if not 5 <= len(sentence.split()) <= 45:
        return None
    if chooser.random() < 0.5:
        return Pair("fact", _shorter(sentence, chooser), question.context, True)
    changed = _change(sentence, question, chooser)
    return Pair("fact", changed, question.context, False) if changed else None


def _sentence_around(context: str, start: int, end: int) -> str:
    ends = [0, *(m.end() for m in re.finditer(r"[.!?][\"')\]]*\s+", context)), len(context)]
    first = max(edge for edge in ends if edge <= start)
    last = min(edge for edge in ends if edge >= end)
    return context[first:last].strip()


def _shorter(sentence: str, chooser: random.Random) -> str:
    """Half of the time without what stands in brackets or after its last comma."""
    if chooser.random() < 0.5:
        return sentence
    bare = re.sub(r"\s*\([^)]*\)", "", sentence)
    head, comma, tail = bare.rpartition(",")
    return head + "." if comma and len(head.split()) > 6 and len(tail.split()) > 2 else bare


_BE = re.compile(r"\b(is|are|was|were|has|have|had|will|can|could|would|did)\b(?! not\b)")


def _change(sentence: str, question: Question, chooser: random.Random) -> str | None:
    """The sentence with a name, number or word swapped, two names exchanged, or negated."""
    makers = ["swap", "swap", "exchange", "negate"]
    chooser.shuffle(makers)
    for maker in makers:
        changed: str | None = None
        if maker == "swap":
            asked = Question("", "", "", "", question.context, sentence, question.spans)
            other = swapped(asked, question.context, chooser)
            changed = other.text if other is not None else None
        elif maker == "exchange":
            changed = _exchange(sentence, chooser)
        elif " not " not in sentence and "n't" not in sentence:
            changed = _BE.sub(r"\1 not", sentence, count=1)
        if changed and normal(changed) not in normal(question.context):
            return changed
    return None


def _exchange(sentence: str, chooser: random.Random) -> str | None:
    """Two of the names of the sentence, each in the other's place."""
    found = sorted(set(names(sentence)))
    if len(found) < 2:
        return None
    one, other = chooser.sample(found, 2)
    if one in other or other in one:
        return None
    return sentence.replace(one, "\0").replace(other, one).replace("\0", other)


def _answer(question: Question, chooser: random.Random) -> Pair | None:
    """The question with its answer as the statement, or with another name or number."""
    right = question.answers[0]
    if chooser.random() < 0.5:
        return Pair("answer", f"{question.text} {right}", question.context, True)
    pool = names(question.context) if not right[:1].isdigit() else []
    pool = pool or re.findall(r"\b\d[\d,.]*\d\b|\b\d\b", question.context)
    taken = normal(" ".join((question.text, *question.answers)))
    fits = sorted({p for p in pool if normal(p).strip() and normal(p).strip() not in taken})
    if not fits:
        return None
    return Pair("answer", f"{question.text} {chooser.choice(fits)}", question.context, False)
