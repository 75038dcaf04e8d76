"""What the machine can do at most, measured in the same run as what we do with it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

_MATRIX = 2048
_BYTES = 256 * 1024**2
_RUNS = 5
_PARAMETERS_PER_LAYER = 12  # times the square of the width: four in attention, eight after it


@dataclass(frozen=True, slots=True)
class Limits:
    """Peaks of this machine: matrix multiplication in GFLOP/s, and copying memory in GB/s."""

    float32_gflops: float
    bfloat16_gflops: float
    memory_gb_s: float


def limits() -> Limits:
    """The best of several runs of each, with the threads that torch has."""
    import torch

    return Limits(
        _gflops(torch.float32),
        _gflops(torch.bfloat16),
        _copy_gb_s(),
    )


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _gflops(kind: Any) -> float:
    import torch

    a = torch.ones((_MATRIX, _MATRIX), dtype=kind)
    a @ a
    return 2e-9 * _MATRIX**3 / min(_seconds(lambda: a @ a) for _ in range(_RUNS))


def _copy_gb_s() -> float:
    """Bytes read and bytes written both count."""
    source, target = np.ones(_BYTES, np.uint8), np.zeros(_BYTES, np.uint8)
    return 2e-9 * _BYTES / min(_seconds(lambda: np.copyto(target, source)) for _ in range(_RUNS))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def encoder_gflop(tokens: int, *, width: int, layers: int) -> float:
    """The multiplications and additions of a BERT encoder's matrices for one text, in GFLOP."""
    linear = 2 * _PARAMETERS_PER_LAYER * width**2 * tokens
    attention = 4 * tokens**2 * width
    return 1e-9 * layers * (linear + attention)
