"""The trained head that says whether a text supports a statement."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock

from ingest.split import split_sentences
from rag.confidence import ReaderFacts
from rag.trained import BUNDLED, MAX_TOKENS, Frame, OnnxModel

MAX_STATEMENT_TOKENS = 96  # as it was trained


class SupportHead:
    """The head `supported` of the bundled network. Loaded at its first use; shared by threads."""

    def __init__(self, weights: Path = BUNDLED) -> None:
        self._weights = weights
        self._lock = Lock()

    def score(self, statement: str, evidence: str) -> float:
        """The logit that `evidence` supports `statement`; of evidence that is too long, from the
        sentences that share most with the statement. Raises ModelError without weights."""
        model = self._model
        asked = self._ids(model, statement)[:MAX_STATEMENT_TOKENS]
        room = MAX_TOKENS - len(self._frame) - len(asked)
        given = self._ids(model, evidence)
        if len(given) > room:
            parts = [self._ids(model, span.of(evidence)) for span in split_sentences(evidence)]
            given = focused(parts, set(asked), room)
        return model.support(*self._frame.row(asked, given))

    @staticmethod
    def _ids(model: OnnxModel, text: str) -> list[int]:
        ids: list[int] = model.tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    @property
    def _model(self) -> OnnxModel:
        with self._lock:
            return self._loaded

    @cached_property
    def _loaded(self) -> OnnxModel:
        facts = ReaderFacts.read(self._weights.with_suffix(".json"))
        model = OnnxModel(self._weights, facts.sha256)
        model.tokenizer.no_truncation()
        model.tokenizer.no_padding()
        return model

    @cached_property
    def _frame(self) -> Frame:
        return Frame.of(self._model.tokenizer)


def focused(sentences: Sequence[list[int]], wanted: set[int], room: int) -> list[int]:
    """At most `room` tokens: whole sentences that share most with what is wanted, in order."""
    shares = [len(wanted & set(ids)) / (12 + len(ids)) for ids in sentences]
    kept: list[int] = []
    for index in sorted(range(len(sentences)), key=lambda i: -shares[i]):
        if len(sentences[index]) <= room:
            kept.append(index)
            room -= len(sentences[index])
    if not kept:
        return [token for ids in sentences for token in ids][:room]
    return [token for index in sorted(kept) for token in sentences[index]]
