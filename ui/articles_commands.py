"""`groundwire articles`: list, show and remove the articles of a library."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Unpack

import click

from ui.options import (
    FilterFlags,
    debug_option,
    filter_of,
    filter_options,
    find_articles,
    json_option,
    library_option,
    lock_option,
)
from ui.terminal import agreed, counted, one_line, say, show, show_json, table, terminal_width

if TYPE_CHECKING:
    from ingest.article import Article
    from ingest.catalog import ArticleEntry

_HEADER = ("ID", "DATE", "TITLE", "OUTLET", "PASSAGES")
_TITLE_COLUMN = _HEADER.index("TITLE")
_DAY = len("2021-10-06")


@click.group()
def articles() -> None:
    """List, show and remove the articles of a library."""


@articles.command("list")
@library_option
@filter_options
@json_option
@debug_option
def list_articles(library: str | None, as_json: bool, **filters: Unpack[FilterFlags]) -> None:
    """List the articles, newest first.

    DATE is 2021-10-06, 2021-10 or 2021.
    """
    from ingest.library import Library
    from ui.settings import load_settings

    with Library.open(load_settings(library=library).library) as opened:
        entries = opened.entries(filter_of(opened, filters))
    if as_json:
        show_json([asdict(entry) for entry in entries])
    elif entries:
        rows = [_HEADER, *map(_row, entries)]
        show(table(rows, width=terminal_width(), flexible=_TITLE_COLUMN))
    else:
        say("groundwire: There is no such article in the library.")


@articles.command("show")
@click.argument("article", metavar="ID")
@library_option
@json_option
@debug_option
def show_article(article: str, library: str | None, as_json: bool) -> None:
    """Show what is known of an article, and its text.

    ID is an article's id, a unique beginning of it, or its source.
    """
    from ingest.library import Library
    from ui.settings import load_settings

    with Library.open(load_settings(library=library).library) as opened:
        found = opened.article(find_articles(opened, [article])[0].id)
    if as_json:
        show_json({**found.metadata(), "version": found.version, "text": found.text})
    else:
        show(_as_text(found))


@articles.command("remove")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@library_option
@click.option("--yes", is_flag=True, help="Do not ask first.")
@lock_option
@json_option
@debug_option
def remove_articles(ids: tuple[str, ...], yes: bool, as_json: bool, **flags: Any) -> None:
    """Remove articles from the library.

    The files that they were read from stay. ID is an article's id, a unique beginning of it, or its
    source. If one of several is unknown, none is removed.
    """
    from ingest.library import Library, LibraryWriter
    from ui.settings import load_settings

    settings = load_settings(**flags)
    with Library.open(settings.library) as opened:
        entries = find_articles(opened, ids)
    if not yes:
        _confirm(entries)
    with LibraryWriter.open(settings.library, timeout_s=settings.lock_timeout_s) as writer:
        for entry in entries:
            writer.remove(entry.id)
            if not as_json:
                show(f"Removed {entry.id} {entry.name}")
    if as_json:
        show_json({"removed": [entry.id for entry in entries]})


def _confirm(entries: list[ArticleEntry]) -> None:
    """Ask whether to remove them. Raises LibraryError if the answer is not yes."""
    from ingest.errors import LibraryError

    for entry in entries:
        say(f"{entry.id} {entry.name}")
    if not agreed(f"Remove {counted(len(entries), 'article')} from the library?"):
        raise LibraryError("Nothing was removed.", remedy="With --yes nothing is asked.")


def _row(entry: ArticleEntry) -> tuple[str, ...]:
    day = (entry.published or "")[:_DAY]
    return (entry.id, day, entry.name, entry.outlet or "", str(entry.passages))


def _as_text(article: Article) -> str:
    known = {**article.metadata(), "version": article.version}
    lines = [f"{name + ':':<11}{one_line(value)}" for name, value in known.items() if value]
    return "\n".join([*lines, "", article.text])
