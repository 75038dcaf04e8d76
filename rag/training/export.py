"""Checkpoint -> the ONNX file that ships: fused operators, int8 weights, int8 word embeddings."""

from __future__ import annotations

import argparse
import logging
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.optimizer import optimize_model
from torch import Tensor, nn

from rag.confidence import sha256_of
from rag.trained import onnx_session

from .model import ReaderNetwork, base_config, from_weights

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUTS = ("start", "end", "answerable", "supported")
OPSET = 17


class PackedEmbedding(nn.Module):
    """Word embeddings as int8 with a float32 scale a word, so that no word pays for another."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        scale = weight.abs().amax(1, keepdim=True).clamp_min(1e-8) / 127
        self.register_buffer("packed", (weight / scale).round().to(torch.int8))
        self.register_buffer("scale", scale)

    def forward(self, ids: Tensor) -> Tensor:
        """(batch, length) -> (batch, length, width), float32."""
        packed = nn.functional.embedding(ids, self.get_buffer("packed"))
        return packed.float() * nn.functional.embedding(ids, self.get_buffer("scale"))


def to_onnx(network: ReaderNetwork, file: Path) -> None:
    """Write the network as a fused float32 graph, its word embeddings packed.

    Packs the embeddings of `network` itself.
    """
    embeddings = network.encoder.embeddings
    packed = PackedEmbedding(embeddings.word_embeddings.weight.detach())
    embeddings.add_module("word_embeddings", packed)
    ids = torch.randint(5, 100, (2, 16))
    example = (ids, torch.ones_like(ids), torch.zeros_like(ids))
    axes = {name: {0: "batch", 1: "length"} for name in (*INPUTS, "start", "end")}
    raw = file.with_suffix(".raw.onnx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            example,
            str(raw),
            dynamo=False,
            opset_version=OPSET,
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            dynamic_axes={**axes, "answerable": {0: "batch"}, "supported": {0: "batch"}},
        )
    config = network.encoder.config
    fused = optimize_model(
        str(raw),
        model_type="bert",
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        opt_level=0,
    )
    split_norms(fused.model)
    fused.save_model_to_file(str(file))
    raw.unlink()


def split_norms(model: onnx.ModelProto) -> None:
    """Replace each fused "add and normalise" by its parts, which run several times faster."""
    nodes: list[onnx.NodeProto] = []
    for node in model.graph.node:
        if node.op_type == "SkipLayerNormalization":
            nodes.extend(_parts_of_norm(node))
        else:
            nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _parts_of_norm(node: onnx.NodeProto) -> list[onnx.NodeProto]:
    """Add, add the bias if there is one, normalise."""
    first, second, scale, shift, *bias = node.input
    (epsilon,) = (a.f for a in node.attribute if a.name == "epsilon")
    nodes: list[onnx.NodeProto] = []
    for number, term in enumerate((second, *bias)):
        name = f"{node.name}/sum{number}"
        nodes.append(onnx.helper.make_node("Add", [first, term], [name], name=name))
        first = name
    normalise = onnx.helper.make_node(
        "LayerNormalization",
        [first, scale, shift],
        [node.output[0]],
        name=f"{node.name}/norm",
        axis=-1,
        epsilon=epsilon,
    )
    return [*nodes, normalise]


def quantise(source: Path, target: Path, *, keep: Sequence[str] = ()) -> None:
    """Int8 weights a channel, activations quantised as they come; the heads stay float32.

    `keep` names further nodes that stay float32.
    """
    nodes = onnx.load(str(source)).graph.node
    encoder = [n.name for n in nodes if n.op_type == "Attention" or n.name.startswith("/encoder/")]
    quantize_dynamic(
        str(source),
        str(target),
        op_types_to_quantize=["MatMul", "Attention"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        nodes_to_quantize=[name for name in encoder if name not in keep],
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def difference(network: ReaderNetwork, file: Path, vocabulary: int) -> float:
    """Largest difference between the logits of the network and of the file on random rows.

    One row is padded, so that a mask that is not obeyed shows.
    """
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(5, vocabulary, (3, 40), generator=generator)
    mask = torch.ones_like(ids)
    mask[1, 25:] = 0
    types = torch.zeros_like(ids)
    types[:, 12:] = 1
    with torch.no_grad():
        expected = network(ids, mask, types)
    feed = dict(zip(INPUTS, (ids.numpy(), mask.numpy(), types.numpy()), strict=True))
    given = onnx_session(file).run(list(OUTPUTS), feed)
    real = mask.bool().numpy()
    pairs = zip(expected, given, strict=True)
    gaps = [np.abs(want.numpy() - got) for want, got in pairs]
    whole = [gap.max() for gap in gaps[2:]]
    return float(max(gaps[0][real].max(), gaps[1][real].max(), *whole))


def stamp(file: Path, facts: Mapping[str, str]) -> None:
    """Write what made the file into the file."""
    model = onnx.load(str(file))
    onnx.helper.set_model_props(model, dict(facts))
    onnx.save(model, str(file))


def export(checkpoint: Path, target: Path) -> None:
    """Write `target` (int8) and, beside it, the fused float32 graph to compare it with."""
    logging.getLogger().setLevel(logging.ERROR)
    state = torch.load(checkpoint, weights_only=True)
    config = base_config()
    network = from_weights(state["model"], config)
    whole = target.with_suffix(".float32.onnx")
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        part = Path(folder) / "part.onnx"
        to_onnx(from_weights(state["model"], config), whole)
        quantise(whole, part)
        progress = state["progress"]
        stamp(part, {"examples": str(progress["examples"]), "step": str(progress["step"])})
        part.replace(target)
    for file in (whole, target):
        gap = difference(network, file, config.vocab_size)
        digest = sha256_of(file)
        print(f"{file}: {file.stat().st_size:,} bytes, sha256 {digest}, logits within {gap:.3f}")


def main() -> None:
    """`python -m rag.training.export CHECKPOINT TARGET`."""
    parser = argparse.ArgumentParser(prog="python -m rag.training.export", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("target", type=Path, help="the .onnx file to write")
    options = parser.parse_args()
    export(options.checkpoint, options.target)


if __name__ == "__main__":
    main()
