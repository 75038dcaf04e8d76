"""Loaders of benchmarks: one small file each, each giving a `Benchmark`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from eval.benchmark import Benchmark, limited
from eval.errors import EvalError


class Loader(NamedTuple):
    """Where a loader is, its options, whether it needs a path, and its line in the help.

    `asks_own` says that the user names the articles: a folder, or a library that is asked as it is.
    """

    module: str
    options: Mapping[str, Any]
    needs_data: bool
    help: str
    asks_own: bool = False


LOADERS: Mapping[str, Loader] = MappingProxyType(
    {
        "local": Loader("local", {}, False, "the local questions over the sample articles"),
        "chains": Loader("chains", {}, False, "follow-up questions, in conversation"),
        "chains-standalone": Loader(
            "chains", {"form": "standalone"}, False, "the same, in stand-alone form"
        ),
        "squad-reader": Loader("squad", {"mode": "reader"}, True, "SQuAD on the given paragraph"),
        "squad-open": Loader("squad", {"mode": "open"}, True, "SQuAD over all its paragraphs"),
        "squad-search": Loader("squad", {"mode": "search"}, True, "SQuAD's paragraphs, looked for"),
        "nomiracl": Loader("nomiracl", {}, True, "silence when no passage is relevant"),
        "clapnq": Loader("clapnq", {}, True, "evidence of long answers, and silence"),
        "beir": Loader("beir", {}, True, "retrieval in BEIR's layout"),
        "mtrag-lastturn": Loader("mtrag", {"form": "lastturn"}, True, "turns as they were typed"),
        "mtrag-history": Loader("mtrag", {"form": "questions"}, True, "turns with those before"),
        "mtrag-conversation": Loader(
            "mtrag", {"form": "conversation"}, True, "turns as they were typed, in conversation"
        ),
        "mtrag-rewrite": Loader("mtrag", {"form": "rewrite"}, True, "turns that stand alone"),
        "leaning": Loader("leaning", {}, False, "does a question lean on its conversation?"),
        "support": Loader("support", {}, False, "does evidence support a statement?"),
        **{
            f"rgb-noise-{percent}": Loader(
                "rgb", {"percent": percent}, True, f"{percent} % of the passages do not answer"
            )
            for percent in (0, 20, 40, 60, 80)
        },
        "rgb-rejection": Loader("rgb", {"setting": "rejection"}, True, "no passage answers"),
        "rgb-counterfactual": Loader(
            "rgb", {"setting": "counterfactual"}, True, "passages that say it wrong"
        ),
        "realtimeqa": Loader("realtimeqa", {}, True, "the news of a week, answered freely"),
        "realtimeqa-choice": Loader("realtimeqa", {"mode": "choice"}, True, "the same by choice"),
        "realtimeqa-nota": Loader("realtimeqa", {"mode": "nota"}, True, 'or "none of the above"'),
        "own": Loader("own", {}, True, "your own questions, as CSV or JSON Lines", asks_own=True),
    }
)


def load_benchmark(
    name: str,
    data: str | Path | None = None,
    *,
    split: str | None = None,
    limit: int | None = None,
    articles: str | Path | None = None,
    library: str | Path | None = None,
) -> Benchmark:
    """The benchmark of that name, from the files at `data`.

    A user's own questions are about the folder `articles`, or else about the `library`; the other
    benchmarks bring their articles. `limit` draws that many questions, always the same ones. Raises
    EvalError for an unknown name, a missing path, or files
    that cannot be used.
    """
    loader = LOADERS.get(name)
    if loader is None:
        raise EvalError(f"There is no benchmark {name!r}.", remedy=f"Use {', '.join(LOADERS)}.")
    if loader.needs_data and data is None:
        raise EvalError(
            f"The benchmark {name!r} needs its data.", remedy="Name the path with --data."
        )
    if articles is not None and not loader.asks_own:
        raise EvalError(
            f"The benchmark {name!r} brings its own articles.", remedy="Leave out --articles."
        )
    own = {"articles": articles, "library": library} if loader.asks_own else {}
    module = import_module(f"eval.benchmarks.{loader.module}")
    benchmark: Benchmark = module.load(data, split=split, **loader.options, **own)
    return limited(benchmark, limit)
