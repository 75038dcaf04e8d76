"""`python -m rag.training`: train the bundled reader, or go on with a run that was stopped."""

from __future__ import annotations

import argparse
from pathlib import Path

from .train import Plan, Trainer


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(prog="python -m rag.training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of *.jsonl.gz questions")
    parser.add_argument("--support", type=Path, help="folder of pairs for the support head")
    parser.add_argument("--start", type=Path, help="an exported reader to go on from")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoint and log")
    parser.add_argument("--minutes", type=float, default=Plan.minutes, help="time budget in all")
    parser.add_argument("--rate", type=float, default=Plan.rate, help="highest learning rate")
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--threads", type=int, default=Plan.threads)
    parser.add_argument("--max-steps", type=int, default=None, help="stop after so many steps")
    parser.add_argument("--no-compile", dest="compile", action="store_false")
    options = parser.parse_args()
    Trainer(Plan(**vars(options))).run()


if __name__ == "__main__":
    main()
