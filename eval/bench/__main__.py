"""`python -m eval.bench PART... --library L --texts T`: measure parts, and put them on the page.

Each part is kept as JSON in `--out`, with the machine's limits measured in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eval.bench import beside, commands, embedding, reading, scale
from eval.bench.machine import Limits, limits, processors
from eval.bench.page import page, section
from eval.bench.texts import read_texts
from eval.questions import load_questions
from eval.signature import code_version
from ingest.manifest import is_library

Row = Mapping[str, Any]
_MOST_TEXTS = 300


def _asking(options: argparse.Namespace, _: Limits) -> Iterator[Row]:
    return commands.measure(options.library)


def _embedding(options: argparse.Namespace, peak: Limits) -> Iterator[Row]:
    return embedding.measure(read_texts(options.texts), peak)


def _ingest(options: argparse.Namespace, _: Limits) -> Iterator[Row]:
    return embedding.shares(read_texts(options.texts))


def _reading(options: argparse.Namespace, _: Limits) -> Iterator[Row]:
    return reading.measure()


def _beside(options: argparse.Namespace, _: Limits) -> Iterator[Row]:
    texts = read_texts(options.texts)
    for one in beside.compare(texts, passages=options.passages, runs=options.runs):
        yield {name: _rounded(value) for name, value in asdict(one).items()}


def _growth(options: argparse.Namespace, _: Limits) -> Iterator[Row]:
    texts = read_texts(options.texts)[:_MOST_TEXTS]
    questions = [q.standalone or q.question for q in load_questions()][: options.questions]
    options.libraries.mkdir(parents=True, exist_ok=True)
    for size in options.sizes:
        found = asdict(scale.measure(size, texts, questions, options.libraries))
        yield {name: _rounded(value) for name, value in found.items()}


PARTS: dict[str, tuple[str, str, Callable[[argparse.Namespace, Limits], Iterator[Row]]]] = {
    "asking": (
        "Commands and warm questions",
        "The library of the sample articles, the bundled reader, the local dev questions.",
        _asking,
    ),
    "embedding": (
        "Embedding",
        "Passages of real texts by the bundled model. Work is the multiplications of the texts' own"
        " tokens: padding, softmax and the rest are lost time.",
        _embedding,
    ),
    "ingest": (
        "An ingest of files",
        "`without the model` is the share of the time in which no passage was being embedded.",
        _ingest,
    ),
    "beside": (
        "Beside LlamaIndex",
        "`groundwire` splits, embeds and stores in catalog, full-text and vector index;"
        " `llamaindex` embeds the same finished chunks with the same model and stores them in"
        " Chroma; `defaults` is LlamaIndex with its own splitter. `seen` is the share of the text"
        " that the model's window let it see. `cpu` figures count processor seconds, which a busy"
        " machine disturbs less.",
        _beside,
    ),
    "reading": (
        "The reader",
        "The shipped file beside torch with a network of the same shape, 192 tokens a passage.",
        _reading,
    ),
    "growth": (
        "Asking as a library grows",
        "Milliseconds of warm `Assistant.ask` and the medians of its parts; recall of Chroma's ten"
        " nearest against the exact ten; peaks of memory in MB; bytes of the library over bytes of"
        " its texts. The articles recombine sentences; their vectors are those of embedded passages"
        " with noise (`eval/bench/scale.py`), so `fill_peak_mb` is storing and indexing with the"
        " embedding of the pool. Below 20,000 passages every one is scored and Chroma is not used.",
        _growth,
    ),
}


def main() -> None:
    """Measure the parts that were named, or all; each is on the page as soon as it is measured."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--library", type=Path, default=Path(".sample-library"))
    parser.add_argument("--texts", type=Path, default=Path("ingest/samples"))
    parser.add_argument("--out", type=Path, default=Path("runs/bench"))
    parser.add_argument("--libraries", type=Path, default=Path("runs/bench/libraries"))
    parser.add_argument("--page", type=Path, default=Path("docs/performance.md"))
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 2_000, 20_000, 100_000])
    parser.add_argument("--questions", type=int, default=200, help="of a library's size")
    parser.add_argument("--passages", type=int, default=400)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"unknown parts: {', '.join(sorted(unknown))}")
    if not options.texts.exists():
        parser.error(f"--texts: there is no {str(options.texts)!r}")
    if "asking" in (options.parts or PARTS) and not is_library(options.library):
        parser.error(f"--library: there is no library in {str(options.library)!r}")
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.parts or PARTS:
        title, about, _ = PARTS[name]
        measured = section(title, about, _measure(name, options))
        before = options.page.read_text(encoding="utf-8") if options.page.is_file() else ""
        titles = [title for title, _, _ in PARTS.values()]
        _write(options.page, page(titles, {title: measured}, before))


def _measure(name: str, options: argparse.Namespace) -> Mapping[str, Any]:
    """What was measured, which is kept as JSON too."""
    load = os.getloadavg()[0]
    peak = limits()
    rows = []
    for row in PARTS[name][2](options, peak):
        print(json.dumps(row), flush=True)
        rows.append(row)
    signature = {
        "code": code_version(),
        "processors": processors(),
        "measured": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
        **{key: round(value, 1) for key, value in asdict(peak).items()},
        "load": f"{load:.1f} to {os.getloadavg()[0]:.1f}",
    }
    part = {"signature": signature, "rows": rows}
    _write(options.out / f"{name}.json", json.dumps(part, indent=1))
    return part


def _write(file: Path, text: str) -> None:
    unfinished = file.with_name(f"{file.name}.new")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(file)


def _rounded(value: Any) -> Any:
    return round(value, 3 if abs(value) < 10 else 1) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
