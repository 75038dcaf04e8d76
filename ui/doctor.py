"""`groundwire doctor`: is everything here that is needed, and is the library whole?"""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from ui.options import debug_option, json_option, library_option
from ui.terminal import show, show_json

if TYPE_CHECKING:
    from ui.settings import Settings

EXIT_WRONG = 1
State = Literal["ok", "note", "wrong"]

_PACKAGES = (
    *("groundwire", "chromadb", "click", "llama-index-core", "numpy", "pydantic", "safetensors"),
    *("sentence-transformers", "tiktoken", "tokenizers", "torch", "trafilatura"),
)
_LEAST_FREE = 200 * 1024**2
_GIBIBYTE = 1024**3


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, whether it is as it should be, and what to do if not."""

    name: str
    state: State
    detail: str
    remedy: str = ""


@click.command()
@library_option
@json_option
@debug_option
@click.pass_context
def doctor(ctx: click.Context, /, library: str | None, as_json: bool) -> None:
    """Check the installation, the models and the library.

    Exit code 1: something is wrong.
    """
    checks = list(_examine(library))
    healthy = all(check.state != "wrong" for check in checks)
    if as_json:
        show_json({"ok": healthy, "checks": [asdict(check) for check in checks]})
    else:
        show("\n".join(map(_line, checks)))
    ctx.exit(0 if healthy else EXIT_WRONG)


def _examine(library: str | None) -> Iterator[Check]:
    """Every check, in order; one that fails does not keep the others from running."""
    from ingest.errors import GroundwireError
    from ui.settings import load_settings

    yield check_versions()
    yield _guarded("full-text index", check_full_text)
    yield _guarded("telemetry", check_telemetry)
    yield _guarded("token tables", check_tokens)
    yield _guarded("embedding model", check_default_model)
    try:
        settings = load_settings(library=library)
    except GroundwireError as error:
        yield Check("settings", "wrong", error.message, error.remedy)
        return
    yield Check("settings", "ok", _settings_line())
    yield _guarded("reader", lambda: check_reader(settings))
    yield _guarded("library", lambda: check_library(settings))
    yield _guarded("free disk", lambda: check_disk(settings))


def _guarded(name: str, check: Callable[[], Check]) -> Check:
    from ingest.errors import GroundwireError

    try:
        return check()
    except GroundwireError as error:
        return Check(name, "wrong", error.message, error.remedy)
    except Exception as error:
        return Check(name, "wrong", f"{type(error).__name__}: {error}")


def check_versions() -> Check:
    """The versions of Python and of the packages that matter; wrong if one is missing."""
    found, missing = [f"Python {platform.python_version()}"], []
    for package in _PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            missing.append(package)
    if missing == ["groundwire"]:
        return Check("versions", "note", f"{', '.join(found)}; groundwire runs from its source")
    if missing:
        remedy = f"Run `pip install {' '.join(missing)}`."
        return Check("versions", "wrong", f"not installed: {', '.join(missing)}", remedy)
    return Check("versions", "ok", ", ".join(found))


def check_full_text() -> Check:
    """SQLite is there, with the full-text index that lexical search needs."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE words USING fts5(body)")
    except sqlite3.OperationalError as error:
        detail = f"SQLite {sqlite3.sqlite_version} has no FTS5: {error}"
        return Check("full-text index", "wrong", detail, "Use a Python whose sqlite3 has FTS5.")
    finally:
        connection.close()
    return Check("full-text index", "ok", f"SQLite {sqlite3.sqlite_version} with FTS5")


def check_telemetry() -> Check:
    """The libraries underneath, asked themselves, report nothing to anybody."""
    from chromadb.config import Settings as ChromaSettings
    from huggingface_hub import constants

    states = {
        "Chroma": ChromaSettings().anonymized_telemetry,
        "Hugging Face": not constants.HF_HUB_DISABLE_TELEMETRY,
        "Gradio": os.environ.get("GRADIO_ANALYTICS_ENABLED") != "False",
    }
    if on := [name for name, is_on in states.items() if is_on]:
        return Check("telemetry", "wrong", f"on in {', '.join(on)}", "Report this as a bug.")
    return Check("telemetry", "ok", f"off in {', '.join(states)}")


def check_tokens() -> Check:
    """Tokens can be counted without a network."""
    from ingest.tokens import ENCODING, count_tokens

    count_tokens("one two three")
    return Check("token tables", "ok", f"{ENCODING}, without a network")


def check_default_model() -> Check:
    """The default embedding model is the published file and embeds a question."""
    from ingest.embed import DEFAULT_MODEL, Embedder

    vector = Embedder(DEFAULT_MODEL).embed_question("Is the model there?")
    detail = f"{DEFAULT_MODEL}: SHA-256 as published, {len(vector)} dimensions"
    return Check("embedding model", "ok", detail)


def check_reader(settings: Settings) -> Check:
    """The weights of the reader are those that were published, and it reads."""
    from rag.reader import load_reader
    from rag.trained import BUNDLED

    weights = BUNDLED if settings.reader is None else Path(settings.reader).expanduser()
    if settings.reader is None and not BUNDLED.is_file():
        return Check("reader", "note", "the one without weights: none are bundled with this source")
    if weights.suffix != ".onnx":
        return Check("reader", "note", f"{settings.reader!r}: looked at when it reads")
    reader = load_reader(weights, caution=settings.caution)
    reader.best("Who left?", "The governor left on Monday.")
    checked = "SHA-256 as published" if reader.facts.sha256 else "its hash is not known"
    return Check("reader", "ok", f"{reader.name}: {checked}, threshold {reader.threshold:.2f}")


def check_library(settings: Settings) -> Check:
    """The library keeps its promises about itself; it is no fault that there is none yet."""
    from ingest.library import Library

    folder = settings.library
    if not folder.exists():
        remedy = "Make one with `groundwire ingest SOURCE`."
        return Check("library", "note", f"there is none yet in {str(folder)!r}", remedy)
    with Library.open(folder) as library:
        if found := library.problems():
            return Check("library", "wrong", f"{str(folder)!r}: {'; '.join(found)}", _remedy(found))
        detail = (
            f"{str(folder)!r}: {library.count_articles()} articles, {library.count_passages()}"
            f" passages, model {library.manifest.model}, format {library.manifest.format}"
        )
        if library.index_is_unfinished():
            remedy = "The next ingest mends it, or `groundwire reindex`."
            detail += "; its vector index is unfinished, so every passage is scored"
            return Check("library", "note", detail, remedy)
        if not library.is_split_as_now():
            detail += "; its articles are split as an older version did"
            return Check("library", "note", detail, "`groundwire upgrade` splits them anew.")
    return Check("library", "ok", detail)


def _remedy(problems: Sequence[str]) -> str:
    """What to do about a library's problems: the index is made from the catalog, which is the
    articles' own."""
    if all("vector index" in problem for problem in problems):
        return "Run `groundwire reindex`; the articles can be asked meanwhile."
    return (
        "`groundwire restore` puts a backup in its place; `groundwire rescue` saves what can be"
        " read."
    )


def check_disk(settings: Settings) -> Check:
    """There is room for the library to grow."""
    folder = settings.library.absolute()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    detail = f"{free / _GIBIBYTE:.1f} GiB at {str(existing)!r}"
    if free < _LEAST_FREE:
        return Check("free disk", "wrong", detail, "Make room before the next ingest.")
    return Check("free disk", "ok", detail)


def _settings_line() -> str:
    from ui.settings import ENVIRONMENT_PREFIX, SETTINGS_FILE, Settings

    names = [f"{ENVIRONMENT_PREFIX}{field.upper()}" for field in Settings.model_fields]
    places = [SETTINGS_FILE] if Path(SETTINGS_FILE).is_file() else []
    places += [name for name in names if os.environ.get(name)]
    return f"from {', '.join(places)}" if places else "defaults"


def _line(check: Check) -> str:
    return f"{check.state:<6}{check.name}: {check.detail}. {check.remedy}".rstrip()
