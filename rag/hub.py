"""Extractive question-answering models of other makers, through transformers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ingest.errors import ModelError
from rag.confidence import Caution, ReaderFacts
from rag.trained import Logits, SpanModel, TrainedReader

FACTS = "groundwire.json"
_MOST_TOKENS = 384
_LEAST_TOKENS = 128


class HubModel:
    """Any model that `AutoModelForQuestionAnswering` loads and that has a fast tokenizer.

    It must have been trained with questions that have no answer, as SQuAD 2.0 has, if it is to
    know when to be silent: position 0 is then "no answer".
    """

    reads_titles = False

    def __init__(self, name: str) -> None:
        """`name` is a folder, or a model of the hub. Raises ModelError if it cannot be loaded."""
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        try:
            tokenizer: Any = AutoTokenizer.from_pretrained(name)
            network: Any = AutoModelForQuestionAnswering.from_pretrained(name)
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(
                f"The reader {name!r} cannot be loaded: {error}",
                remedy="Name an extractive question-answering model: a folder, or one of the hub"
                " while online.",
            ) from error
        if not getattr(tokenizer, "is_fast", False):
            raise ModelError(
                f"The tokenizer of {name!r} does not say where its tokens stand in the text.",
                remedy="Choose a model with a fast tokenizer (tokenizer.json).",
            )
        positions = int(getattr(network.config, "max_position_embeddings", _MOST_TOKENS + 2))
        self.max_tokens = min(_MOST_TOKENS, positions - 2, int(tokenizer.model_max_length))
        if self.max_tokens < _LEAST_TOKENS:
            raise ModelError(
                f"{name!r} sees only {self.max_tokens} tokens at once.",
                remedy=f"Choose a model that sees {_LEAST_TOKENS} or more.",
            )
        self._network = network.eval()
        self._takes_types = "token_type_ids" in tokenizer.model_input_names
        self.tokenizer = tokenizer.backend_tokenizer

    def score(self, ids: Sequence[int], types: Sequence[int]) -> Logits:
        """The logits of a row of token ids and segment types."""
        import torch

        row = torch.tensor([list(ids)])
        feed = {"input_ids": row, "attention_mask": torch.ones_like(row)}
        if self._takes_types:
            feed["token_type_ids"] = torch.tensor([list(types)])
        with torch.inference_mode():
            out = self._network(**feed)
        return Logits(out.start_logits[0].float().numpy(), out.end_logits[0].float().numpy(), None)


class HubReader(TrainedReader):
    """A reader with such a model.

    Its confidence is a guess (half of the span's margin, as a logit) until `rag.training.calibrate`
    has put a `groundwire.json` into its folder.
    """

    def __init__(self, name: str, *, caution: Caution = "medium", threads: int = 1) -> None:
        """As for TrainedReader; nothing is loaded, or looked for on the hub, before it reads.

        One passage is read at a time: torch itself uses all processors.
        """
        self._name = name
        file = Path(name).expanduser() / FACTS
        facts = ReaderFacts.read(file) if file.is_file() else ReaderFacts()
        super().__init__(Path(name), facts=facts, caution=caution, threads=threads)
        self.name = name

    def _load(self) -> SpanModel:
        return HubModel(self._name)
