"""`groundwire eval`: check questions, run benchmarks, compare runs, report."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ui.options import debug_option
from ui.terminal import say, show

if TYPE_CHECKING:
    from eval.benchmark import Benchmark
    from eval.records import Results
    from eval.system import AssistantSystem, System, Wording
    from rag.assistant import Options
    from rag.retrieve import Search

EXIT_FAILED = 1


@click.group("eval")
@debug_option
def eval_group() -> None:
    """Measure answers on questions with known answers."""


@eval_group.command()
@click.argument("file", required=False)
@click.option("--articles", metavar="FOLDER", help="Where the articles are. Default: the samples.")
@debug_option
def check(file: str | None, articles: str | None) -> None:
    """Check a question FILE against its articles. Default: the local set.

    Exits with 1 if something is wrong.
    """
    from eval.check import check_questions
    from eval.errors import MalformedFile
    from eval.questions import LOCAL_ARTICLES, LOCAL_QUESTIONS

    try:
        report = check_questions(file or LOCAL_QUESTIONS, articles or LOCAL_ARTICLES)
    except MalformedFile as error:
        for problem in error.problems:
            say(problem)
        say(f"{len(error.problems)} malformed lines or fields. {error.remedy}")
        sys.exit(EXIT_FAILED)
    show(report.table())
    for problem in report.problems:
        say(problem)
    if not report.passed:
        say(f"{len(report.problems)} problems.")
        sys.exit(EXIT_FAILED)


@eval_group.command()
@click.argument("benchmark")
@click.option("--data", metavar="PATH", help="The benchmark's files; `local` needs none.")
@click.option("--split", help="dev or test, where the benchmark has splits. Default: all.")
@click.option("--limit", type=int, metavar="N", help="Only N questions, always the same.")
@click.option("--out", metavar="FILE", help="Default: eval-results/BENCHMARK-SPLIT.json.")
@click.option("--library", metavar="FOLDER", help="Where the benchmark's library is kept.")
@click.option("--articles", metavar="FOLDER", help="For `own`: articles to ask, for the library.")
@click.option("--reader", help="What reads the passages: a model, or none. Default: the bundled.")
@click.option(
    "--threshold", type=click.FloatRange(0, 1), help="Instead of the reader's own, 0 to 1."
)
@click.option(
    "--search",
    type=click.Choice(["hybrid", "dense", "lexical"]),
    default="hybrid",
    help="How passages are found.",
)
@click.option("--passages", type=click.IntRange(1), default=10, help="How many passages are read.")
@click.option("--sentences", type=click.IntRange(1), default=3, help="Most sentences of an answer.")
@click.option("--llm", metavar="MODEL", help="The language model that words the answers.")
@click.option("--endpoint", metavar="URL", help="Measure an OpenAI-compatible endpoint instead.")
@click.option("--model", help="The endpoint's model.")
@click.option("--bare", is_flag=True, help="Ask the endpoint without passages: it has its own.")
@click.option("--silence", metavar="WORDS", help="What the endpoint says when it does not know.")
@click.option("--gate", metavar="FILE", help="Exit with 1 if a figure breaks a bound in FILE.")
@click.option("--fresh", is_flag=True, help="Begin anew what was interrupted.")
@click.option("--quiet", is_flag=True, help="No progress bars.")
@debug_option
def run(
    benchmark: str,
    data: str | None,
    split: str | None,
    limit: int | None,
    out: str | None,
    library: str | None,
    articles: str | None,
    reader: str | None,
    threshold: float | None,
    search: Search,
    passages: int,
    sentences: int,
    llm: str | None,
    endpoint: str | None,
    model: str | None,
    bare: bool,
    silence: str | None,
    gate: str | None,
    fresh: bool,
    quiet: bool,
) -> None:
    """Run a BENCHMARK and write its results.

    What was answered is kept beside the results: the same command goes on after an interruption.
    """
    from eval.benchmarks import LOADERS, load_benchmark
    from eval.endpoint import ABSTENTION, EndpointSystem
    from eval.gates import broken_gates, read_gates
    from eval.run import run as run_benchmark
    from rag.assistant import Options

    loaded = load_benchmark(
        benchmark, data, split=split, limit=limit, articles=articles, library=library
    )
    bounds = read_gates(gate, loaded.name, loaded.split) if gate else {}
    options = Options(
        reader=reader,
        threshold=threshold,
        passages=passages,
        max_sentences=sentences,
        search=search,
        llm=llm,
    )
    as_it_is = LOADERS[benchmark].asks_own and articles is None
    system: System = _open(loaded, library, options, as_it_is=as_it_is, quiet=quiet)
    if endpoint is not None:
        system = EndpointSystem(
            endpoint,
            model,
            retriever=system,
            articles=loaded.articles,
            bare=bare,
            silence=silence or ABSTENTION,
        )
    place = out or f"eval-results/{loaded.name}-{loaded.split}.json"
    try:
        results = run_benchmark(loaded, system, place, fresh=fresh, progress=not quiet)
    finally:
        system.close()
    _show_figures(results)
    show(f"\nwritten to {place}")
    broken = list(broken_gates(results, bounds))
    for line in broken:
        say(f"gate: {line}")
    if broken:
        sys.exit(EXIT_FAILED)


@eval_group.command(short_help="Say which of two results is better, and by how much.")
@click.argument("baseline")
@click.argument("candidate")
@debug_option
def compare(baseline: str, candidate: str) -> None:
    """Say whether the CANDIDATE results are better or worse than the BASELINE results."""
    from eval.compare import compare as compare_runs
    from eval.records import read_results

    show(compare_runs(read_results(baseline), read_results(candidate)).table())


@eval_group.command()
@click.argument("results", nargs=-1, required=True)
@click.option(
    "--out", default="eval-results/report", metavar="NAME", help="Writes NAME.html, .md and .json."
)
@debug_option
def report(results: tuple[str, ...], out: str) -> None:
    """Write a report of RESULTS files: an HTML page, Markdown and JSON.

    Runs over the same questions stand side by side, under the names of their files.
    """
    from pathlib import Path

    from eval.records import read_results
    from eval.report import write_report

    names = [Path(path).stem for path in results]
    unique = names if len(set(names)) == len(names) else list(results)
    runs = {name: read_results(path) for name, path in zip(unique, results, strict=True)}
    for path in write_report(runs, out):
        show(f"written to {path}")


@eval_group.command("table", short_help="Run all benchmarks and write their table.")
@click.option("--data", metavar="FOLDER", required=True, help="The folder of all benchmarks.")
@click.option("--runs", metavar="FOLDER", required=True, help="Where the results are kept.")
@click.option("--out", metavar="PAGE", default="docs/evaluation.md", show_default=True)
@click.option("--only", metavar="NAME", multiple=True, help="Only runs whose names begin so.")
@click.option("--limit", type=int, metavar="N", help="Only N questions of each, always the same.")
@click.option("--all", "whole", is_flag=True, help="All questions where the table draws some.")
@click.option("--workers", type=click.IntRange(1), help="Questions at once. Default: one a core.")
@click.option("--quiet", is_flag=True, help="No progress bars.")
@debug_option
def figures_table(
    data: str,
    runs: str,
    out: str,
    only: tuple[str, ...],
    limit: int | None,
    whole: bool,
    workers: int | None,
    quiet: bool,
) -> None:
    """Run all benchmarks of the table and write it into a PAGE, between its two marks.

    Results whose signature still holds are kept, and an interrupted run goes on.
    """
    from eval.system import processors
    from eval.table import make_table

    make_table(
        data,
        runs,
        out,
        limit=limit,
        whole=whole,
        only=only,
        workers=workers or processors(),
        progress=not quiet,
        told=say,
    )


def _open(
    benchmark: Benchmark, library: str | None, options: Options, *, as_it_is: bool, quiet: bool
) -> AssistantSystem:
    """Groundwire over the benchmark's library. One to ask `as_it_is` is not written to."""
    from pathlib import Path

    from eval.libraries import library_of
    from eval.system import AssistantSystem

    if as_it_is and library is not None:
        folder = Path(library)
    else:
        folder = library_of(benchmark, library, progress=not quiet)
    return AssistantSystem.open(folder, **options)


def _show_figures(results: Results) -> None:
    from eval.measure_table import MEASURES
    from eval.records import signature_line
    from ui.terminal import table

    rows = [("measure", "figure", "95 %", "questions", "clusters")]
    for name, found in results.figures.items():
        measure = MEASURES[name]
        known = found.low is not None and found.high is not None
        interval = f"{measure.shown(found.low)} to {measure.shown(found.high)}" if known else "–"
        rows.append(
            (
                measure.title,
                measure.shown(found.estimate),
                interval,
                str(found.items),
                str(found.clusters),
            )
        )
    show(table(rows))
    if wordings := [r.asked.reply.wording for r in results.records if r.asked.reply]:
        _show_wordings([wording for wording in wordings if wording])
    show(f"\n{signature_line(results.signature)}")
    if results.failed:
        say(f"{results.failed} questions failed and are scored as wrong; see `error` in the file.")


def _show_wordings(wordings: Sequence[Wording]) -> None:
    """What became of a language model's sentences."""
    if wordings:
        shown = sum(len(wording.shown) for wording in wordings)
        copied = sum(wording.copied for wording in wordings)
        replaced = sum(wording.replaced for wording in wordings)
        dropped = sum(wording.dropped for wording in wordings)
        own = sum(not wording.shown for wording in wordings)
        show(
            f"\n{len(wordings)} answers worded by a model: {shown} sentences shown, {copied} copies"
            f" shown as quotes, {replaced} replaced by quotes, {dropped} dropped;"
            f" {own} answers without a word of the model."
        )
