"""What eight bits cost the reader: SQuAD's F1 of the shipped file and of its weights as floats.

`python -m eval.bench.rounding --data squad_dev_v1.1.jsonl.gz` reads the same questions with the
shipped file; with its weights in float32, which lack the rounding of activations and of word
embeddings; and with those weights moved at random by up to half a step of the eight bits. The
weights that were trained lie as far from the shipped ones, so what this second rounding loses is
about what the first lost. An answer must be given to every question.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

import torch

from eval.benchmark import Item
from eval.benchmarks.squad import load
from eval.measures import f1
from eval.statistics import Interval, difference_interval, mean_interval
from rag.trained import BUNDLED, MAX_TOKENS, Logits, TrainedReader
from rag.training.model import ReaderNetwork, base_tokenizer, from_base
from rag.training.restore import restore

_QUESTIONS = 3_000
_LAYERS = "encoder.encoder.layer."
_STEPS = 127  # on each side of zero


class FloatModel:
    """The reader's network in torch and float32, as `rag.trained.SpanModel`."""

    max_tokens = MAX_TOKENS
    reads_titles = True

    def __init__(self, network: ReaderNetwork) -> None:
        self.tokenizer = base_tokenizer()
        self._network = network.eval()

    @torch.inference_mode()
    def score(self, ids: Sequence[int], types: Sequence[int]) -> Logits:
        """The logits of a row of token ids and segment types."""
        row, kinds = torch.tensor([ids]), torch.tensor([types])
        start, end, answerable, _ = self._network(row, torch.ones_like(row), kinds)
        return Logits(start[0].numpy(), end[0].numpy(), float(answerable[0]))


class FloatReader(TrainedReader):
    """The trained reader over a network in float32."""

    def __init__(self, network: ReaderNetwork) -> None:
        super().__init__()
        self._network = network

    def _load(self) -> FloatModel:
        return FloatModel(self._network)


def floats(seed: int | None = None) -> ReaderNetwork:
    """The network with the shipped weights, its word embeddings unrounded; with a `seed`, every
    eight-bit weight moved by up to half a step of its output."""
    network = from_base()
    restore(network, BUNDLED)
    if seed is not None:
        chance = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for name, weight in network.named_parameters():
                if name.startswith(_LAYERS) and weight.dim() > 1:
                    step = weight.abs().amax(1, keepdim=True) / _STEPS
                    weight.add_((torch.rand(weight.shape, generator=chance) - 0.5) * step)
    return network


def scores(reader: TrainedReader, items: Sequence[Item]) -> list[float]:
    """Each question's F1, an answer given in any case."""
    found = []
    for item in items:
        (article,) = item.context or ()
        said = reader.answer(item.question, article.text, allow_none=False)
        found.append(f1(said or "", item.gold.short))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the F1 of each reader, and by how much each float one is above the shipped file."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.rounding", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="SQuAD 1.1's development set")
    parser.add_argument("--limit", type=int, default=_QUESTIONS, help="questions drawn")
    options = parser.parse_args(arguments)
    items = list(load(options.data).items)
    if options.limit < len(items):
        items = random.Random(0).sample(items, options.limit)
    articles = [item.cluster for item in items]
    shipped = scores(TrainedReader(), items)
    print(f"{'shipped file':28s} {mean_interval(shipped, articles).estimate:.4f}")
    for name, seed in (("float32", None), ("float32, moved (1)", 1), ("float32, moved (2)", 2)):
        told = scores(FloatReader(floats(seed)), items)
        above = difference_interval(shipped, told, articles)
        print(f"{name:28s} {mean_interval(told, articles).estimate:.4f} {_signed(above)}")


def _signed(difference: Interval) -> str:
    ends = [f"{end:+.4f}" for end in (difference.low, difference.high) if end is not None]
    return f"above the shipped file {difference.estimate:+.4f} ({' to '.join(ends)})"


if __name__ == "__main__":
    main()
