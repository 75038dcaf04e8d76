"""The table of the public figures: every run that it takes, run if missing or stale, and the page.

What it shows is planned in `eval.planned`. It is written from the run files alone, between two
marks in a page; nothing else of the page is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.benchmark import Benchmark
from eval.benchmarks import load_benchmark
from eval.crew import Crew
from eval.errors import EvalError
from eval.libraries import library_of
from eval.measure_table import MEASURES
from eval.planned import SECTIONS, Planned, Section
from eval.records import Results, read_results, signature_line, write_whole
from eval.report import figure_shown, interval_shown
from eval.run import begun_by, run, sign
from eval.signature import same_run
from eval.system import AssistantSystem, System
from rag.assistant import Options

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
_UNKNOWN = "–"
_WARM_UP = "What has happened?"

Told = Callable[[str], None]
"""Called with a line for each run: what becomes of it."""


@dataclass(frozen=True, slots=True)
class Making:
    """How the runs are made: from the benchmarks in the folder `data` to files in the folder
    `runs`, `limit` questions of each (None: as planned), or `whole`: never fewer than all."""

    data: Path
    runs: Path
    limit: int | None = None
    whole: bool = False
    workers: int = 1
    progress: bool = True
    told: Told = print

    def benchmark(self, planned: Planned, *, whole: bool = False) -> Benchmark:
        """What a run asks."""
        place = None if planned.data is None else self.data / planned.data
        counts = [] if whole else [n for n in (self.limit, planned.drawn) if n is not None]
        return load_benchmark(
            planned.benchmark, place, split=planned.split, limit=min(counts, default=None)
        )

    def system(self, planned: Planned, benchmark: Benchmark) -> System:
        """What a run asks it of; one that is timed is warm."""
        folder = library_of(benchmark, progress=self.progress)
        if not planned.timed:
            return Crew(folder, self.workers, **_options(planned))
        system = AssistantSystem.open(folder, **_options(planned))
        system.ask(_WARM_UP)
        return system


def make_table(
    data: str | Path,
    runs: str | Path,
    page: str | Path,
    *,
    limit: int | None = None,
    whole: bool = False,
    only: Sequence[str] = (),
    workers: int = 1,
    progress: bool = True,
    told: Told = print,
) -> None:
    """Run what is missing or stale, and write the table into the page after each section.

    A run file in the folder `runs` is kept if its signature is what a run would have now, the
    commit apart; one of all questions also stands for one of some. Runs of `limit` questions each
    have a folder of their own in `runs`, so that they replace no whole ones. With `whole` all
    questions are asked where the table draws some, but of the runs that are timed. `only` names
    runs by how their names begin; the table then still holds every run that has a file. Raises
    EvalError for a name of no run, and before anything is run for missing data or a page without
    the marks.
    """
    page = Path(page)
    folder = Path(runs) if limit is None else Path(runs) / f"limit-{limit}"
    making = Making(Path(data), folder, limit, whole, workers, progress, told)
    chosen = _chosen(only)
    with_table(page, "")
    for planned in chosen:
        if planned.data is not None and not (making.data / planned.data).exists():
            raise EvalError(
                f"{str(data)!r} has no {planned.data!r}.",
                remedy="Name the folder of the benchmarks, or leave this run out by --only.",
            )
    for section in SECTIONS:
        here = [planned for planned in section.runs if planned in chosen]
        for planned in here:
            _bring_up(planned, making)
        if here:
            write_whole(page, with_table(page, table(folder)))
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
        raise EvalError(
            f"{str(page)!r} cannot be read: {error}.", remedy="Name the page with --out."
        ) from error
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


def _bring_up(planned: Planned, making: Making) -> None:
    """Run it unless its file is of just this run; what was begun by another run is begun anew."""
    benchmark = making.benchmark(planned, whole=making.whole and not planned.timed)
    system = making.system(planned, benchmark)
    out = making.runs / f"{planned.name}.json"
    try:
        if _is_kept(out, planned, making, benchmark, system):
            making.told(f"{planned.name}: kept")
            return
        results = _resumed(benchmark, system, out, progress=making.progress)
    finally:
        system.close()
    failed = f", {results.failed} failed" if results.failed else ""
    making.told(f"{planned.name}: {len(results.records)} questions{failed}")


def _is_kept(
    out: Path, planned: Planned, making: Making, benchmark: Benchmark, system: System
) -> bool:
    """Whether the file is of just this run, or of all questions where this run draws some."""
    there = _signature(out)
    if same_run(there, sign(benchmark, system)):
        return True
    if making.limit is not None or planned.drawn is None or planned.timed:
        return False
    return same_run(there, sign(making.benchmark(planned, whole=True), system))


def _resumed(benchmark: Benchmark, system: System, out: Path, *, progress: bool) -> Results:
    """What an interrupted run of the same signature left is used; anything else is begun anew."""
    begun = begun_by(out)
    fresh = begun is None or not same_run(begun, sign(benchmark, system))
    return run(benchmark, system, out, fresh=fresh, progress=progress)


def _options(planned: Planned) -> Options:
    from rag.trained import BUNDLED

    readers = {"default": None, "alone": BUNDLED, "none": "none"}
    return Options(search=planned.search, reader=readers[planned.reading])


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
    computed = _computed(section, runs)
    if not there and not computed:
        return ""
    heads = [f"{one.title} ({_count(results)})" for one, results in there.items()]
    heads += computed
    lines = [f"### {section.title}", ""]
    lines += [section.note, ""] if section.note else []
    lines += [f"| | {' | '.join(heads)} |", "|---|" + "---|" * len(heads)]
    for name in section.measures:
        cells = [_joined(*figure_shown(one, name)) for one in there.values()]
        cells += [found[name] for found in computed.values()]
        if set(cells) != {_UNKNOWN}:
            lines.append(f"| {MEASURES[name].title} | {' | '.join(cells)} |")
    if not there:
        return "\n".join(lines)
    lines += ["", "<details><summary>signatures</summary>", ""]
    lines += [f"- `{signature_line(results.signature)}`" for results in there.values()]
    return "\n".join([*lines, "", "</details>"])


def _computed(section: Section, runs: Path) -> dict[str, dict[str, str]]:
    """The columns whose runs are all there: head -> measure -> cell."""
    computed = {}
    for column in section.columns:
        paths = [runs / f"{name}.json" for name in column.runs]
        if all(path.exists() for path in paths):
            of = [read_results(path) for path in paths]
            figures = {
                name: column.figure(of, name) for name in column.measures or section.measures
            }
            computed[column.title] = {
                name: _joined(*interval_shown(MEASURES[name], figures.get(name)))
                for name in section.measures
            }
    return computed


def _joined(value: str, interval: str) -> str:
    return f"{value} ({interval})" if interval else value


def _count(results: Results) -> str:
    """How many questions, drawn from how many, and how many of them failed."""
    drawn, _, _ = results.signature.get("questions", "").partition(" (seed")
    failed = f", {results.failed} failed" if results.failed else ""
    return f"{drawn or len(results.records)} questions{failed}"
