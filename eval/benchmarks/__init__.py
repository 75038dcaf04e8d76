"""Loaders of benchmarks: one small file each, each giving a `Benchmark`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from eval.benchmark import Benchmark
from eval.errors import EvalError


class Loader(NamedTuple):
    """Where a loader is, its options, whether it needs a path, and its line in the help."""

    module: str
    options: Mapping[str, Any]
    needs_data: bool
    help: str


LOADERS: Mapping[str, Loader] = MappingProxyType(
    {
        "local": Loader("local", {}, False, "the local questions over the sample articles"),
        "squad-reader": Loader("squad", {"mode": "reader"}, True, "SQuAD on the given paragraph"),
        "squad-open": Loader("squad", {"mode": "open"}, True, "SQuAD over all its paragraphs"),
        "nomiracl": Loader("nomiracl", {}, True, "silence when no passage is relevant"),
        "clapnq": Loader("clapnq", {}, True, "evidence of long answers, and silence"),
        "beir": Loader("beir", {}, True, "retrieval in BEIR's layout"),
        "mtrag-lastturn": Loader("mtrag", {"form": "lastturn"}, True, "turns as they were typed"),
        "mtrag-rewrite": Loader("mtrag", {"form": "rewrite"}, True, "turns that stand alone"),
    }
)


def load_benchmark(
    name: str, data: str | Path | None = None, *, split: str | None = None, limit: int | None = None
) -> Benchmark:
    """The benchmark of that name, from the files at `data`.

    Raises EvalError for an unknown name, a missing path, or files that cannot be used.
    """
    loader = LOADERS.get(name)
    if loader is None:
        raise EvalError(f"There is no benchmark {name!r}.", remedy=f"Use {', '.join(LOADERS)}.")
    if loader.needs_data and data is None:
        raise EvalError(
            f"The benchmark {name!r} needs its data.", remedy="Name the path with --data."
        )
    module = import_module(f"eval.benchmarks.{loader.module}")
    benchmark: Benchmark = module.load(data, split=split, limit=limit, **loader.options)
    return benchmark
