"""The exported file -> weights to go on from: what `export` stored as int8, as floats again."""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from .model import ReaderNetwork

_ATTENTION = "attention.self"
_MATRICES = ("attention.output.dense", "intermediate.dense", "output.dense")


def restore(network: ReaderNetwork, file: Path) -> None:
    """Give `network` the weights of an exported reader, each within half a step of its int8.

    A head that the file does not have keeps what it has. Word embeddings stay those of the base
    weights, which the export rounds. Raises KeyError for a file of another shape.
    """
    stored = _stored(file)
    layers = network.encoder.config.num_hidden_layers
    weights = {
        name: stored[name] for name in network.state_dict() if name in stored and "word" not in name
    }
    matrices = iter(sorted(_numbered(stored)))
    for layer in range(layers):
        weights.update(_attention(stored, layer))
        for name in _MATRICES:
            weights[f"encoder.encoder.layer.{layer}.{name}.weight"] = _matrix(
                stored, f"onnx::MatMul_{next(matrices)}"
            )
    weights["heads.span.score.weight"] = stored[f"onnx::MatMul_{_plain(stored)}"].T
    weights.update(
        {
            name.removesuffix("_Transposed"): tensor.T
            for name, tensor in stored.items()
            if name.endswith("_Transposed")
        }
    )
    missing, unexpected = network.load_state_dict(
        {name: tensor.contiguous() for name, tensor in weights.items()}, strict=False
    )
    lost = [name for name in missing if name.startswith("encoder") and "word" not in name]
    if lost or unexpected:
        raise KeyError(f"{file} is no exported reader: {[*lost, *unexpected][:3]}")


def _stored(file: Path) -> dict[str, Tensor]:
    graph = onnx.load(str(file)).graph
    return {t.name: torch.tensor(numpy_helper.to_array(t)) for t in graph.initializer}


def _numbered(stored: dict[str, Tensor]) -> list[int]:
    """The numbers of the quantised matrices; the graph's order is that of the layers."""
    ends = "_quantized"
    names = (n.removesuffix(ends) for n in stored if n.endswith(ends))
    return [int(n.removeprefix("onnx::MatMul_")) for n in names if n.startswith("onnx::MatMul_")]


def _plain(stored: dict[str, Tensor]) -> int:
    """The number of the one matrix that stays in float32: the span head's."""
    names = [n.removeprefix("onnx::MatMul_") for n in stored if n.startswith("onnx::MatMul_")]
    (number,) = (int(name) for name in names if name.isdigit())
    return number


def _matrix(stored: dict[str, Tensor], name: str) -> Tensor:
    """(in, out) int8 with a scale an output -> (out, in) float32."""
    whole = stored[f"{name}_quantized"].float() - stored[f"{name}_zero_point"].float()
    return (whole * stored[f"{name}_scale"]).T


def _attention(stored: dict[str, Tensor], layer: int) -> dict[str, Tensor]:
    """The fused query, key and value matrix and bias, apart again."""
    matrix = _matrix(stored, f"Attention_{layer}_qkv_weight").chunk(3, 0)
    bias = stored[f"Attention_{layer}_qkv_bias"].chunk(3, 0)
    start = f"encoder.encoder.layer.{layer}.{_ATTENTION}"
    return {
        f"{start}.{part}.{kind}": tensors[index]
        for index, part in enumerate(("query", "key", "value"))
        for kind, tensors in (("weight", matrix), ("bias", bias))
    }
