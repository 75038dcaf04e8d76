"""`python -m tests.soak`: the long tests of what a library survives."""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path

from tests.soak.kills import KINDS, soak, summary


def main() -> None:
    """Kill, check, and say what was seen."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--kills", type=int, default=100, help="of each kind")
    parser.add_argument("--articles", type=int, default=80, help="of a library")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    arguments = parser.parse_args()
    started = time.perf_counter()
    print(f"seed {arguments.seed}", flush=True)
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as place:
            outcome = soak(
                kind,
                arguments.kills,
                Path(place),
                articles=arguments.articles,
                seed=arguments.seed,
            )
        print(summary(outcome), flush=True)
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
