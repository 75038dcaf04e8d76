"""A BERT encoder's forward pass in numpy, for one short text at a time.

Embedding a question with torch would first import torch and transformers, which takes seconds;
this reads the same weights file with numpy and needs milliseconds. It follows Devlin et al.
(2019, arXiv:1810.04805) with mean pooling as in Reimers and Gurevych (2019, arXiv:1908.10084).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TOKENIZER_FILE = "tokenizer.json"

Floats = NDArray[np.float32]


class BertEncoder:
    """Texts -> unit vectors, from a sentence-transformers folder with a BERT model in it."""

    def __init__(self, folder: Path) -> None:
        from safetensors import safe_open

        config = json.loads((folder / "config.json").read_text())
        self._heads: int = config["num_attention_heads"]
        self._layers: int = config["num_hidden_layers"]
        self._epsilon: float = config["layer_norm_eps"]
        self._tokenizer = load_tokenizer(folder / TOKENIZER_FILE)
        self._window = max_length(folder)
        weights: Any = safe_open(folder / "model.safetensors", framework="numpy")
        self._words = weights.get_slice("embeddings.word_embeddings.weight")
        self._weights: dict[str, Floats] = {
            name: weights.get_tensor(name)
            for name in weights.keys()  # noqa: SIM118 - safe_open is not a mapping
            if name.startswith(("encoder.", "embeddings."))
            if not name.endswith(("word_embeddings.weight", "position_ids"))
        }

    @staticmethod
    def reads(folder: Path) -> bool:
        """Whether `folder` holds a model that this forward pass computes exactly."""
        try:
            config = json.loads((folder / "config.json").read_text())
            pooling = json.loads((folder / "1_Pooling" / "config.json").read_text())
            extras = json.loads((folder / "config_sentence_transformers.json").read_text())
            modules = [m["type"] for m in json.loads((folder / "modules.json").read_text())]
        except (OSError, ValueError):
            return False
        return bool(
            (folder / "model.safetensors").is_file()
            and config.get("model_type") == "bert"
            and config.get("hidden_act") == "gelu"
            and pooling.get("pooling_mode_mean_tokens")
            and sum(value is True for value in pooling.values()) == 1
            and not any((extras.get("prompts") or {}).values())
            and [name.rsplit(".", 1)[-1] for name in modules]
            == ["Transformer", "Pooling", "Normalize"]
        )

    def encode(self, text: str) -> Floats:
        """The unit vector of `text`, cut off at the model's window. *Shape: (dimensions,)*"""
        ids = cut_off(self._tokenizer.encode(text).ids, self._window)
        hidden = self._embed(ids)
        for layer in range(self._layers):
            hidden = self._layer(f"encoder.layer.{layer}", hidden)
        mean = hidden.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)

    def _embed(self, ids: Sequence[int]) -> Floats:
        words = np.concatenate([self._words[i : i + 1] for i in ids])
        positions = self._weights["embeddings.position_embeddings.weight"][: len(ids)]
        kind = self._weights["embeddings.token_type_embeddings.weight"][0]
        return self._norm("embeddings.LayerNorm", words + positions + kind)

    def _layer(self, name: str, hidden: Floats) -> Floats:
        attended = self._linear(f"{name}.attention.output.dense", self._attend(name, hidden))
        hidden = self._norm(f"{name}.attention.output.LayerNorm", hidden + attended)
        inner = _gelu(self._linear(f"{name}.intermediate.dense", hidden))
        return self._norm(
            f"{name}.output.LayerNorm", hidden + self._linear(f"{name}.output.dense", inner)
        )

    def _attend(self, name: str, hidden: Floats) -> Floats:
        query, key, value = (
            self._by_head(self._linear(f"{name}.attention.self.{part}", hidden))
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(query.shape[-1]))
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        return np.asarray((weights @ value).transpose(1, 0, 2).reshape(hidden.shape))

    def _by_head(self, projected: Floats) -> Floats:
        return projected.reshape(len(projected), self._heads, -1).transpose(1, 0, 2)

    def _linear(self, name: str, x: Floats) -> Floats:
        return np.asarray(x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"])

    def _norm(self, name: str, x: Floats) -> Floats:
        centred = x - x.mean(axis=-1, keepdims=True)
        scale = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + self._epsilon)
        return np.asarray(
            centred / scale * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        )


@lru_cache(maxsize=4)
def load_tokenizer(file: Path) -> Tokenizer:
    """The tokenizer of a tokenizer.json, which pads nothing and cuts nothing off. It is read once
    and shared by all that use it, so nobody may set it otherwise."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def cut_off(ids: Sequence[int], window: int) -> Sequence[int]:
    """The token ids of a text, at most `window` of them; the special token at the end stays."""
    return ids if len(ids) <= window else [*ids[: window - 1], ids[-1]]


def max_length(folder: Path) -> int:
    settings: dict[str, Any] = json.loads((folder / "sentence_bert_config.json").read_text())
    return int(settings["max_seq_length"])


def _gelu(x: Floats) -> Floats:
    return np.asarray(x * 0.5 * (1 + _erf(x / np.float32(np.sqrt(2)))), dtype=np.float32)


def _erf(x: Floats) -> Floats:
    """Within 1.5e-7 of the error function: Abramowitz and Stegun (1964), formula 7.1.26."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    series = t * (
        0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))
    )
    return np.asarray(np.sign(x) * (1 - series * np.exp(-x * x)), dtype=np.float32)
