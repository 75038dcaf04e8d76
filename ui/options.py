"""The options that several commands share, and what they stand for."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import click

if TYPE_CHECKING:
    from ingest.catalog import ArticleEntry
    from ingest.filter import Filter
    from ingest.library import Library

DEBUG = "groundwire.debug"
_SHORTEST_PREFIX = 4
_SHOWN_CHOICES = 5
Function = TypeVar("Function", bound=Callable[..., Any])


class FilterFlags(TypedDict):
    """What `filter_options` gives to a command."""

    source: str | None
    author: str | None
    published_from: str | None
    published_to: str | None
    article: tuple[str, ...]


def debug_option(command: Function) -> Function:
    """`--debug`, before or after the subcommand's name."""

    def remember(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            ctx.meta[DEBUG] = True

    return click.option(
        "--debug",
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=remember,
        envvar="GROUNDWIRE_DEBUG",
        help="Show the traceback of an error.",
    )(command)


def library_option(command: Function) -> Function:
    """`--library FOLDER`."""
    return click.option(
        "--library",
        metavar="FOLDER",
        help="The library. Default: GROUNDWIRE_LIBRARY, else a folder in your data directory.",
    )(command)


def llm_option(command: Function) -> Function:
    """`--llm MODEL`."""
    return click.option(
        "--llm",
        metavar="MODEL",
        help="The language model that words answers, as ollama:qwen3:8b; none. Default: none.",
    )(command)


def json_option(command: Function) -> Function:
    """`--json`, as the parameter `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Write JSON.")(command)


def lock_option(command: Function) -> Function:
    """`--lock-timeout-s SECONDS`."""
    return click.option(
        "--lock-timeout-s",
        type=float,
        metavar="SECONDS",
        help="How long to wait while another process writes to the library. Default: 0.",
    )(command)


def filter_options(command: Function) -> Function:
    """The options that choose articles; see `FilterFlags`."""
    options = (
        click.option("--source", metavar="TEXT", help="Only sources, outlets or URLs with TEXT."),
        click.option("--author", metavar="TEXT", help="Only authors with TEXT in their name."),
        click.option(
            "--from", "published_from", metavar="DATE", help="Published on DATE or later."
        ),
        click.option("--to", "published_to", metavar="DATE", help="Published on DATE or earlier."),
        click.option("--article", multiple=True, metavar="ID", help="Only this one; repeatable."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def filter_of(library: Library, flags: FilterFlags) -> Filter:
    """The filter that the options describe. Raises QuestionError for what is no date, and
    LibraryError for an article that the library does not have."""
    from ingest.filter import Filter

    return Filter(
        source=flags["source"],
        author=flags["author"],
        published_from=flags["published_from"],
        published_to=flags["published_to"],
        articles=tuple(entry.id for entry in find_articles(library, flags["article"])),
    )


def find_articles(library: Library, names: Sequence[str]) -> list[ArticleEntry]:
    """The articles with those names, each once: an id, its unique beginning, a source or a URL.

    Raises LibraryError for the first name that means no article, or more than one.
    """
    entries = library.entries() if names else []
    found = {entry.id: entry for entry in (_named(entries, name) for name in names)}
    return list(found.values())


def _named(entries: Sequence[ArticleEntry], name: str) -> ArticleEntry:
    from ingest.errors import LibraryError

    path = os.path.normpath(Path(name).absolute())
    exact = [entry for entry in entries if name == entry.id or entry.source in (name, path)]
    long_enough = len(name) >= _SHORTEST_PREFIX
    begun = [e for e in entries if long_enough and e.id.startswith(name.lower())]
    matches = exact or begun
    if not matches:
        raise LibraryError(
            f"The library has no article {name!r}.",
            remedy="`groundwire articles list` shows the ids.",
        )
    if len(matches) > 1:
        ids = ", ".join(entry.id for entry in matches[:_SHOWN_CHOICES])
        raise LibraryError(
            f"{name!r} begins {len(matches)} ids: {ids}.", remedy="Write more of it."
        )
    return matches[0]
