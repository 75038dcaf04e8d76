"""`groundwire ingest`: files, folders, web pages -> library; `groundwire reindex` mends it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from ui.options import debug_option, json_option, library_option, lock_option
from ui.terminal import counted, progress, say, show, show_json

if TYPE_CHECKING:
    from ingest.library import LibraryWriter
    from ingest.manifest import Manifest
    from ingest.pipeline import Report
    from ui.settings import Settings

EXIT_SOME_FAILED = 4
_BYTES_PER_MB = 1024 * 1024


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@library_option
@click.option("--model", metavar="NAME", help="Embedding model of a new library: folder or name.")
@click.option("--passage-tokens", type=int, help="Most tokens of a passage, in a new library.")
@click.option("--max-file-mb", type=float, help="Largest file that is read. Default: 64.")
@lock_option
@json_option
@debug_option
@click.pass_context
def ingest(ctx: click.Context, /, sources: tuple[str, ...], as_json: bool, **flags: Any) -> None:
    """Read files, folders and web pages into a library.

    A SOURCE is a file, a folder that is walked, or an http or https address. What the library holds
    already is not done again; a changed article replaces its former version. What cannot be read is
    named, and the rest goes on. Exit code 4: something could not be read.
    """
    from ingest.library import LibraryWriter
    from ui.settings import load_settings

    settings = load_settings(**flags)
    started = time.perf_counter()
    with LibraryWriter.open(
        settings.library, manifest_for(settings), timeout_s=settings.lock_timeout_s
    ) as library:
        report = _run(library, sources, settings)
        summary = _summary(library, report, time.perf_counter() - started)
    for failure in report.failed:
        say(f"groundwire: {failure}")
    show_json(summary) if as_json else show(_as_text(summary))
    ctx.exit(EXIT_SOME_FAILED if report.failed else 0)


@click.command()
@library_option
@lock_option
@debug_option
def reindex(**flags: Any) -> None:
    """Make the vector index anew, embedding nothing again."""
    from ingest.library import Library, LibraryWriter
    from ui.settings import load_settings

    settings = load_settings(**flags)
    Library.open(settings.library).close()  # an error if there is none
    with LibraryWriter.open(settings.library, timeout_s=settings.lock_timeout_s) as library:
        library.rebuild_index()
        show(f"The vector index of {counted(library.count_passages(), 'passage')} was made anew.")


def manifest_for(settings: Settings) -> Manifest:
    """What the library is made with, or must have been made with.

    Raises ModelError if a new library asks for a model that cannot be used.
    """
    from ingest.embed import Embedder
    from ingest.errors import LibraryError
    from ingest.manifest import Manifest, read_manifest

    asked: dict[str, Any] = {
        name: value
        for name in ("model", "passage_tokens")
        if (value := getattr(settings, name)) is not None
    }
    try:
        return replace(read_manifest(settings.library), **asked)
    except LibraryError:  # none yet; a damaged one is an error again when it is opened
        manifest = Manifest(**asked)
    Embedder(manifest.model).embed_question("Is the model there?")
    return manifest


def _run(library: LibraryWriter, sources: tuple[str, ...], settings: Settings) -> Report:
    from ingest import pipeline

    before = library.count_articles()
    try:
        with progress("Ingesting", "B") as advance, _first_interrupt_noted() as was_interrupted:
            return pipeline.ingest(
                sources,
                library,
                max_bytes=int(settings.max_file_mb * _BYTES_PER_MB),
                private_addresses=settings.private_addresses,
                on_progress=advance,
                should_stop=was_interrupted,
            )
    except KeyboardInterrupt:
        articles = library.count_articles()
        say(
            f"groundwire: Interrupted. The library {str(library.folder)!r} is whole and holds"
            f" {articles} articles, {articles - before} of them new. Run the same command again"
            " to go on; nothing stored is embedded twice."
        )
        raise


@contextmanager
def _first_interrupt_noted() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed: the first time only noted, so that a batch can be finished; the
    second time it ends the process as ever."""
    pressed = threading.Event()
    usual = signal.getsignal(signal.SIGINT)

    def note(*_: object) -> None:
        pressed.set()
        signal.signal(signal.SIGINT, usual)
        say("groundwire: Finishing what is under way. Press Ctrl-C again to stop at once.")

    if threading.current_thread() is not threading.main_thread() or usual is None:
        yield pressed.is_set
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, usual)


def _summary(library: LibraryWriter, report: Report, seconds: float) -> dict[str, Any]:
    """The JSON of an ingest."""
    return {
        "library": str(library.folder),
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "failed": [{"message": e.message, "remedy": e.remedy} for e in report.failed],
        "skipped": report.skipped,
        "passages": report.passages,
        "articles": library.count_articles(),
        "seconds": round(seconds, 2),
    }


def _as_text(summary: dict[str, Any]) -> str:
    counts = ", ".join(
        f"{len(summary[name])} {name}" for name in ("added", "updated", "unchanged", "failed")
    )
    return (
        f"{counts}, {summary['skipped']} skipped (other formats):"
        f" {counted(summary['passages'], 'passage')} embedded in {summary['seconds']:.1f} s.\n"
        f"The library {summary['library']!r} holds {counted(summary['articles'], 'article')}."
    )
