"""What a conversation adds to the time of an answer.

`python -m eval.turn_time`: the later turns of the local dev chains, each asked in its conversation
and, as the stand-alone question that it became, of the assistant alone; in turns, three times. The
difference holds everything: understanding, the searches for what was said before, keeping the turn.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from eval.benchmarks import load_benchmark
from eval.libraries import library_of
from rag.assistant import Assistant

_ROUNDS = 3


def differences(assistant: Assistant, history: tuple[str, ...], question: str) -> list[float]:
    """Milliseconds that the question takes longer after `history`, of each round."""
    conversation = assistant.conversation()
    for earlier in history:
        conversation.ask(earlier)
    understood = conversation.understand(question).question
    found = []
    for _ in range(_ROUNDS):
        inside = _milliseconds(lambda: conversation.ask(question))
        conversation.forget_last()
        found.append(inside - _milliseconds(lambda: assistant.ask(understood)))
    return found


def _milliseconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - started)


def main() -> None:
    """Print the median and the 95th percentile over the turns of each turn's median."""
    benchmark = load_benchmark("chains", split="dev")
    with Assistant.open(library_of(benchmark)) as assistant:
        added = [
            float(np.median(differences(assistant, item.history, item.question)))
            for item in benchmark.items
        ]
    print(
        f"added ms over {len(added)} turns: median {np.median(added):.1f},"
        f" 95th percentile {np.percentile(added, 95):.1f}"
    )


if __name__ == "__main__":
    main()
