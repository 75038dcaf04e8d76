"""A BERT encoder's forward pass in torch, for many texts at once and without padding.

The tokens of all texts lie behind one another in one matrix; only attention looks at one text at a
time. What sentence-transformers would import takes half a gigabyte and seconds; this needs torch.
It follows Devlin et al. (2019, arXiv:1810.04805) with mean pooling as in Reimers and Gurevych
(2019, arXiv:1908.10084).
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ingest.bert import TOKENIZER_FILE, cut_off, load_tokenizer, max_length

if TYPE_CHECKING:
    from torch import Tensor, dtype


_KEPT_PRODUCTS = "8"
"""The four shapes of a layer's products, for two threads. Torch's oneDNN would keep 1,024, and
every batch has shapes of its own: hundreds of megabytes that are never used again."""


class PackedEncoder:
    """Texts -> unit vectors, from a folder that `BertEncoder.reads`. Threads may share it."""

    def __init__(self, folder: Path, precision: dtype) -> None:
        from safetensors import safe_open

        os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", _KEPT_PRODUCTS)
        config = json.loads((folder / "config.json").read_text())
        self._heads: int = config["num_attention_heads"]
        self._epsilon: float = config["layer_norm_eps"]
        self._tokenizer = load_tokenizer(folder / TOKENIZER_FILE)
        self._window = max_length(folder)
        with safe_open(folder / "model.safetensors", framework="pt") as file:
            reading = _Reading(file, precision)
            self._words = reading.tensor("embeddings.word_embeddings.weight")
            self._positions = (
                reading.tensor("embeddings.position_embeddings.weight")
                + reading.tensor("embeddings.token_type_embeddings.weight")[0]
            )
            self._norm = reading.pair("embeddings.LayerNorm")
            self._layers = [
                _Layer(reading, f"encoder.layer.{number}")
                for number in range(config["num_hidden_layers"])
            ]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The unit vectors of texts, each cut off at the model's window.
        *Shape: (texts, dimensions)*"""
        import torch

        encodings = self._tokenizer.encode_batch(list(texts))
        rows = [cut_off(encoding.ids, self._window) for encoding in encodings]
        lengths = [len(row) for row in rows]
        with torch.inference_mode():
            hidden = self._embed(rows)
            for layer in self._layers:
                hidden = layer.forward(hidden, lengths, self._heads, self._epsilon)
            means = torch.stack([text.float().mean(0) for text in hidden.split_with_sizes(lengths)])
            unit: NDArray[np.float32] = torch.nn.functional.normalize(means).numpy()
            return unit

    def _embed(self, rows: Sequence[Sequence[int]]) -> Tensor:
        import torch

        words = self._words[torch.tensor([number for row in rows for number in row])]
        positions = torch.cat([self._positions[: len(row)] for row in rows])
        return _normed(words + positions, self._norm, self._epsilon)


class _Reading:
    """The tensors of a weights file in one precision."""

    def __init__(self, file: Any, precision: dtype) -> None:
        self._file = file
        self._precision = precision

    def tensor(self, name: str) -> Tensor:
        tensor: Tensor = self._file.get_tensor(name).to(self._precision)
        return tensor

    def pair(self, name: str) -> tuple[Tensor, Tensor]:
        return self.tensor(f"{name}.weight"), self.tensor(f"{name}.bias")


class _Layer:
    """One layer's weights; query, key and value are one product."""

    def __init__(self, reading: _Reading, name: str) -> None:
        import torch

        weights, biases = zip(
            *(reading.pair(f"{name}.attention.self.{part}") for part in ("query", "key", "value")),
            strict=True,
        )
        self._projection = torch.cat(weights), torch.cat(biases)
        self._attended = reading.pair(f"{name}.attention.output.dense")
        self._attended_norm = reading.pair(f"{name}.attention.output.LayerNorm")
        self._inner = reading.pair(f"{name}.intermediate.dense")
        self._outer = reading.pair(f"{name}.output.dense")
        self._norm = reading.pair(f"{name}.output.LayerNorm")

    def forward(self, hidden: Tensor, lengths: list[int], heads: int, epsilon: float) -> Tensor:
        """*Shapes: (tokens, width) -> (tokens, width)*"""
        from torch.nn.functional import gelu, linear

        attended = linear(self._attend(hidden, lengths, heads), *self._attended)
        hidden = _normed(hidden + attended, self._attended_norm, epsilon)
        inner = gelu(linear(hidden, *self._inner))
        return _normed(hidden + linear(inner, *self._outer), self._norm, epsilon)

    def _attend(self, hidden: Tensor, lengths: list[int], heads: int) -> Tensor:
        import torch
        from torch.nn.functional import linear, scaled_dot_product_attention

        attended = []
        for text in linear(hidden, *self._projection).split_with_sizes(lengths):
            by_head = text.view(1, len(text), 3, heads, -1).permute(2, 0, 3, 1, 4)
            found = scaled_dot_product_attention(*by_head)
            attended.append(found[0].transpose(0, 1).flatten(1))
        return torch.cat(attended)


def _normed(x: Tensor, scale_and_shift: tuple[Tensor, Tensor], epsilon: float) -> Tensor:
    from torch.nn.functional import layer_norm

    return layer_norm(x, x.shape[-1:], *scale_and_shift, epsilon)
