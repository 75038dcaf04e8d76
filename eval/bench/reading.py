"""The shipped reader's file beside torch with the same network, in passages a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from eval.bench.machine import processors
from rag.trained import BUNDLED, OnnxModel

_TOKENS = 192
_ROWS = 32
_RUNS = 5

Row = dict[str, str | float]


def measure() -> Iterator[Row]:
    """Rows of 192 tokens: the best of five runs of each, the ways in turns, all processors used as
    each way uses them (the shipped file one row a processor, torch a batch over all)."""
    ways: dict[str, Callable[[], object]] = {
        "shipped file": _shipped(),
        "torch float32": _torch(bfloat16=False),
        "torch bfloat16": _torch(bfloat16=True),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(_RUNS):
        for name, work in ways.items():
            started = time.perf_counter()
            work()
            best[name] = min(best[name], time.perf_counter() - started)
    for name, seconds in best.items():
        yield {
            "reader": name,
            "passages/s": round(_ROWS / seconds, 1),
            "times torch float32": round(best["torch float32"] / seconds, 2),
        }


def _shipped() -> Callable[[], object]:
    model = OnnxModel(BUNDLED)
    ids, types = [2000] * _TOKENS, [0] * 20 + [1] * (_TOKENS - 20)
    pool = ThreadPoolExecutor(processors())
    return lambda: list(pool.map(lambda _: model.score(ids, types), range(_ROWS)))


def _torch(*, bfloat16: bool) -> Callable[[], object]:
    import torch

    from rag.training.model import from_base

    network = from_base().eval()
    if bfloat16:
        network = network.to(torch.bfloat16)
    ids = torch.full((8, _TOKENS), 2000)
    ones, types = torch.ones_like(ids), torch.zeros_like(ids)

    def work() -> None:
        with torch.inference_mode():
            for _ in range(_ROWS // len(ids)):
                network.hidden(ids, ones, types)

    return work
