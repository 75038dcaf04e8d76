"""The table of the public figures: every run that it takes, run if missing or stale, and the page.

The table is written from the run files alone, between two marks in a page; nothing else of the page
is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.benchmark import Benchmark
from eval.benchmarks import load_benchmark
from eval.crew import Crew
from eval.errors import EvalError
from eval.libraries import library_of
from eval.measure_table import MEASURES
from eval.records import Results, read_results, signature_line, write_whole
from eval.report import figure_shown
from eval.run import begun_by, run, sign
from eval.signature import same_run
from rag.assistant import Options
from rag.retrieve import Search

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"

Told = Callable[[str], None]
"""Called with a line for each run: what becomes of it."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A run of the table: a benchmark, its files in the folder of data, and how it is asked.

    `alone` takes the bundled reader without what retrieval and wording add, as a model is measured.
    """

    name: str
    title: str
    benchmark: str
    data: str | None = None
    split: str | None = None
    search: Search = "hybrid"
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the table: runs side by side, a line for each measure."""

    title: str
    note: str
    measures: tuple[str, ...]
    runs: tuple[Planned, ...]


_SILENCE = (
    "hallucination_rate",
    "error_rate",
    "error_sum",
    "best_error_sum",
    "best_hallucination_rate",
    "best_error_rate",
    "answerability_auc",
)
_SPEED = ("latency_p50", "latency_p95")
_RANKED = ("ndcg@10", "recall@10", "recall@100", "mrr@10")
_SEARCHES: tuple[Search, ...] = ("hybrid", "lexical", "dense")
_SQUAD_1, _SQUAD_2 = "squad-dev/squad_dev_v1.1.jsonl.gz", "squad-dev/squad_dev_v2.0.jsonl.gz"
_FORMS = {"lastturn": "last turn", "history": "history", "rewrite": "human rewrite"}


def _searched(name: str, benchmark: str, data: str) -> tuple[Planned, ...]:
    return tuple(
        Planned(f"{name}-{search}", search, benchmark, data, search=search) for search in _SEARCHES
    )


def _mtrag(domain: str) -> Section:
    return Section(
        f"MT-RAG, {domain}",
        "Hybrid search for the turns of conversations, all of them (both halves).",
        _RANKED,
        tuple(
            Planned(f"mtrag-{domain}-{form}", title, f"mtrag-{form}", f"mtrag/{domain}")
            for form, title in _FORMS.items()
        ),
    )


SECTIONS: tuple[Section, ...] = (
    Section(
        "Local questions",
        "The default assistant over the sample articles. Thresholds were chosen on dev.",
        (
            "right",
            "right_answerable",
            "words",
            "evidence_precision",
            "evidence_recall",
            "abstention_precision",
            "abstention_recall",
            "abstention_f1",
            "answerability_auc",
            "aurc",
            "ece",
            "article_recall@5",
            "quote_recall@5",
            "citation_validity",
            *_SPEED,
        ),
        tuple(Planned(f"local-{split}", split, "local", split=split) for split in ("dev", "test")),
    ),
    Section(
        "SQuAD, the reader on the given paragraph",
        "The reader alone, at its shipped threshold and at the best one.",
        (
            "exact",
            "f1",
            "has_answer_exact",
            "has_answer_f1",
            "no_answer_exact",
            "best_exact",
            "best_f1",
            "best_has_answer_f1",
            "best_no_answer",
            "answerability_auc",
        ),
        (
            Planned("squad-reader-1.1", "SQuAD 1.1", "squad-reader", _SQUAD_1, alone=True),
            Planned("squad-reader-2.0", "SQuAD 2.0", "squad-reader", _SQUAD_2, alone=True),
        ),
    ),
    Section(
        "SQuAD, all paragraphs being the library",
        "The default assistant. Article recall is of the paragraph that a question was written for:"
        " @1 as retrieval ranks, and as the reader ranks the ten best.",
        (
            "exact",
            "f1",
            "best_exact",
            "best_f1",
            "right",
            "words",
            "article_recall@1",
            "read_first_article",
            "article_recall@5",
            "evidence_precision",
            *_SPEED,
        ),
        (Planned("squad-open", "SQuAD 1.1", "squad-open", _SQUAD_1),),
    ),
    Section(
        "SQuAD, the paragraph looked for",
        "",
        ("recall@1", "recall@5", "recall@20", "mrr@10"),
        _searched("squad-search", "squad-search", _SQUAD_1),
    ),
    Section("SciFact", "", _RANKED, _searched("scifact", "beir", "scifact")),
    Section(
        "NoMIRACL, development part",
        "Ten passages a question, given in the order of the data.",
        _SILENCE,
        (
            Planned("nomiracl-reader", "the reader alone", "nomiracl", "nomiracl-dev", alone=True),
            Planned("nomiracl", "the assistant", "nomiracl", "nomiracl-dev"),
        ),
    ),
    Section(
        "CLAP NQ, development part",
        "One passage a question. The hallucination rate is of answering what it does not answer,"
        " the refusal rate of silence where it does.",
        (*_SILENCE, "evidence_precision", "evidence_recall", "first_evidence", "words"),
        (
            Planned("clapnq-reader", "the reader alone", "clapnq", "clapnq-dev", alone=True),
            Planned("clapnq", "the assistant", "clapnq", "clapnq-dev"),
        ),
    ),
    *map(_mtrag, ("clapnq", "cloud", "fiqa")),
)


def make_table(
    data: str | Path,
    runs: str | Path,
    page: str | Path,
    *,
    limit: int | None = None,
    only: Sequence[str] = (),
    workers: int = 1,
    progress: bool = True,
    told: Told = print,
) -> None:
    """Run what is missing or stale, and write the table into the page after each section.

    A run file in the folder `runs` is kept if its signature is what a run would have now, the
    commit apart. Runs of `limit` questions each have a folder of their own in `runs`, so that they
    replace no whole ones. `only` names runs by how their names begin; the table then still holds
    every run that has a file. Raises EvalError for a name of no run, and before anything is run for
    missing data or a page without the marks.
    """
    folder, runs, page = Path(data), Path(runs), Path(page)
    if limit is not None:
        runs /= f"limit-{limit}"
    chosen = _chosen(only)
    with_table(page, "")
    for planned in chosen:
        if planned.data is not None and not (folder / planned.data).exists():
            raise EvalError(
                f"{str(folder)!r} has no {planned.data!r}.",
                remedy="Name the folder of the benchmarks, or leave this run out by --only.",
            )
    for section in SECTIONS:
        here = [planned for planned in section.runs if planned in chosen]
        for planned in here:
            _bring_up(planned, folder, runs, limit, workers, progress=progress, told=told)
        if here:
            write_whole(page, with_table(page, table(runs)))
    told(f"written to {page}")


def table(runs: str | Path) -> str:
    """The table in Markdown, of the run files in a folder; runs that have none are not named."""
    runs = Path(runs)
    parts = [text for section in SECTIONS if (text := _section(section, runs))]
    return "\n\n".join(parts) or "Nothing has been run."


def with_table(page: Path, text: str) -> str:
    """The page with that text between its marks. Raises EvalError if they are not there once."""
    try:
        whole = page.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EvalError(f"{str(page)!r} cannot be read: {error}.") from error
    if whole.count(BEGIN) != 1 or whole.count(END) != 1 or whole.index(END) < whole.index(BEGIN):
        raise EvalError(
            f"{str(page)!r} has no place for the table.",
            remedy=f"Write {BEGIN} and {END} on lines of their own where it shall stand.",
        )
    before, rest = whole.split(BEGIN)
    return f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}"


def _chosen(only: Sequence[str]) -> list[Planned]:
    planned = [one for section in SECTIONS for one in section.runs]
    for name in only:
        if not any(one.name.startswith(name) for one in planned):
            raise EvalError(
                f"The table has no run {name!r}.",
                remedy=f"Use {', '.join(one.name for one in planned)}.",
            )
    return [one for one in planned if not only or one.name.startswith(tuple(only))]


def _bring_up(
    planned: Planned,
    data: Path,
    runs: Path,
    limit: int | None,
    workers: int,
    *,
    progress: bool,
    told: Told,
) -> None:
    """Run it unless its file is of just this run; what was begun by another run is begun anew."""
    place = None if planned.data is None else data / planned.data
    benchmark = load_benchmark(planned.benchmark, place, split=planned.split, limit=limit)
    system = Crew(library_of(benchmark, progress=progress), workers, **_options(planned))
    try:
        out = runs / f"{planned.name}.json"
        if same_run(_signature(out), sign(benchmark, system)):
            told(f"{planned.name}: kept")
            return
        results = _resumed(benchmark, system, out, progress=progress)
    finally:
        system.close()
    failed = f", {results.failed} failed" if results.failed else ""
    told(f"{planned.name}: {len(results.records)} questions{failed}")


def _resumed(benchmark: Benchmark, system: Crew, out: Path, *, progress: bool) -> Results:
    """What an interrupted run of the same signature left is used; anything else is begun anew."""
    begun = begun_by(out)
    fresh = begun is None or not same_run(begun, sign(benchmark, system))
    return run(benchmark, system, out, fresh=fresh, progress=progress)


def _options(planned: Planned) -> Options:
    from rag.trained import BUNDLED

    return Options(search=planned.search, reader=BUNDLED if planned.alone else None)


def _signature(out: Path) -> Mapping[str, str]:
    """The signature of a whole results file; of none, nothing."""
    try:
        return read_results(out).signature
    except EvalError:
        return {}


# The page


def _section(section: Section, runs: Path) -> str:
    there = {
        planned: read_results(path)
        for planned in section.runs
        if (path := runs / f"{planned.name}.json").exists()
    }
    if not there:
        return ""
    heads = [f"{one.title} ({_count(results)})" for one, results in there.items()]
    lines = [f"### {section.title}", ""]
    lines += [section.note, ""] if section.note else []
    lines += [f"| | {' | '.join(heads)} |", "|---|" + "---|" * len(heads)]
    lines += _figures(section, list(there.values()))
    lines += ["", "<details><summary>signatures</summary>", ""]
    lines += [f"- `{signature_line(results.signature)}`" for results in there.values()]
    return "\n".join([*lines, "", "</details>"])


def _figures(section: Section, results: Sequence[Results]) -> Iterator[str]:
    for name in section.measures:
        if any(name in one.figures for one in results):
            cells = [_cell(one, name) for one in results]
            yield f"| {MEASURES[name].title} | {' | '.join(cells)} |"


def _cell(results: Results, name: str) -> str:
    value, interval = figure_shown(results, name)
    return f"{value} ({interval})" if interval else value


def _count(results: Results) -> str:
    """How many questions, drawn from how many, and how many of them failed."""
    drawn, _, _ = results.signature.get("questions", "").partition(" (seed")
    failed = f", {results.failed} failed" if results.failed else ""
    return f"{drawn or len(results.records)} questions{failed}"
