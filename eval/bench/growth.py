"""`python -m eval.bench.growth TEXTS`: asking libraries of several sizes, beside the machine's
limits, as lines of JSON."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from eval.bench.machine import limits
from eval.bench.scale import measure
from eval.questions import load_questions
from eval.signature import code_version


def main() -> None:
    """Measure and print; the first line is the signature."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.growth")
    parser.add_argument("texts", type=Path, help="a folder of .md or .txt files to recombine")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 2_000, 20_000, 100_000])
    parser.add_argument("--questions", type=int, default=200)
    arguments = parser.parse_args()
    files = sorted(f for f in arguments.texts.rglob("*") if f.suffix in {".md", ".txt"})
    texts = [file.read_text(encoding="utf-8") for file in files]
    questions = [q.standalone or q.question for q in load_questions()][: arguments.questions]
    signature = {"code": code_version(), "texts": len(texts), "questions": len(questions)}
    print(json.dumps(signature | asdict(limits())), flush=True)
    with TemporaryDirectory() as place:
        for size in arguments.sizes:
            print(json.dumps(asdict(measure(size, texts, questions, Path(place)))), flush=True)


if __name__ == "__main__":
    main()
