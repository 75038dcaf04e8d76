"""`groundwire chat`: a conversation in the terminal, and what is kept of others."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Unpack

import click

from ui.options import (
    FilterFlags,
    debug_option,
    filter_of,
    filter_options,
    json_option,
    library_option,
    llm_option,
)
from ui.terminal import say, show, show_asked, show_json, table, terminal_width

if TYPE_CHECKING:
    from ingest.filter import Filter
    from rag.conversation import Conversation
    from rag.export import ExportFormat
    from rag.sessions import ConversationInfo, Conversations
    from ui.settings import Settings

_SHORTEST_PREFIX = 4
_LEAVE = frozenset({"/quit", "/exit", "/bye"})


@click.command()
@library_option
@click.option("--conversation", metavar="ID", help="Go on with this one; a beginning will do.")
@click.option("--conversations", metavar="FILE", help="The database. Default: in your data folder.")
@click.option(
    "--today",
    metavar="DATE",
    help='What "yesterday" counts from; no later article tells of it. Default: today.',
)
@filter_options
@llm_option
@click.option("--list", "listing", is_flag=True, help="List the conversations.")
@click.option("--rename", metavar="TITLE", help="Give --conversation another title.")
@click.option(
    "--export",
    type=click.Choice(["markdown", "json", "html"]),
    help="Write --conversation to standard output.",
)
@click.option("--delete", is_flag=True, help="Delete --conversation.")
@json_option
@debug_option
def chat(
    library: str | None,
    conversation: str | None,
    conversations: str | None,
    today: str | None,
    llm: str | None,
    listing: bool,
    rename: str | None,
    export: ExportFormat | None,
    delete: bool,
    as_json: bool,
    **filters: Unpack[FilterFlags],
) -> None:
    """Ask in a conversation that is kept.

    A question a line, from the terminal or from standard input; an empty line, /quit or the end of
    the input leaves. --json writes an answer a line.
    """
    from rag.sessions import Conversations
    from ui.settings import load_settings

    day = _day(today)
    settings = load_settings(library=library, conversations=conversations, llm=llm)
    given = {"--rename": rename is not None, "--export": export is not None, "--delete": delete}
    acts = [name for name, is_given in given.items() if is_given]
    if acts and conversation is None:
        raise click.UsageError(f"{acts[0]} needs --conversation ID.")
    if listing and not settings.conversations.exists():
        _list([], as_json=as_json)
    elif listing:
        with Conversations.open(settings.conversations) as store:
            _list(store.list(), as_json=as_json)
    elif conversation and acts:
        with Conversations.open(settings.conversations, create=False) as store:
            _manage(store, _named(store, conversation), rename, export, delete=delete)
    else:
        _talk(settings, conversation, day, filters, as_json=as_json)


def _talk(
    settings: Settings,
    conversation: str | None,
    today: date | None,
    filters: FilterFlags,
    *,
    as_json: bool,
) -> None:
    from rag.assistant import Assistant
    from rag.sessions import Conversations

    with (
        Assistant.open(settings.library, **settings.answering()) as assistant,
        Conversations.open(settings.conversations, create=conversation is None) as store,
    ):
        where = filter_of(assistant.library, filters)
        chosen = _named(store, conversation) if conversation else None
        talk = assistant.conversation(chosen, store=store, today=today)
        for question in _questions():
            _answer(talk, question, where, as_json=as_json)
        if talk.turns:
            say(f"Go on with `groundwire chat --conversation {talk.id[:8]}`.")


def _answer(talk: Conversation, question: str, where: Filter, *, as_json: bool) -> None:
    """Show the answer; what is no question is said, and the conversation goes on."""
    import json

    from ingest.errors import QuestionError

    try:
        answer = talk.ask(question, where=where)
    except QuestionError as error:
        say(f"groundwire: {error}")
        return
    if as_json:
        click.echo(json.dumps({"conversation": talk.id, **answer.json()}))
        return
    show_asked(answer.standalone_question)
    show(f"{answer}\n")


def _questions() -> Iterator[str]:
    """The lines of standard input, up to an empty one; with a prompt where it is a terminal. A
    line that begins with a slash is no question."""
    prompt = sys.stdin.isatty()
    while True:
        if prompt:
            click.echo("> ", nl=False, err=True)
        line = sys.stdin.readline()
        if not line.strip() or line.strip().lower() in _LEAVE:
            return
        if line.startswith("/"):
            say("Write a question; /quit leaves.")
        else:
            yield line


def _list(known: Sequence[ConversationInfo], *, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        show_json([asdict(info) for info in known])
        return
    rows = [("ID", "LAST ASKED", "TURNS", "TITLE")]
    rows += [(i.id[:8], i.updated[:16].replace("T", " "), str(i.turns), i.title) for i in known]
    show(table(rows, width=terminal_width(), flexible=3))


def _manage(
    store: Conversations,
    chosen: str,
    rename: str | None,
    export: ExportFormat | None,
    *,
    delete: bool,
) -> None:
    if rename is not None:
        store.rename(chosen, rename)
        show(f"Renamed {chosen[:8]} {store.get(chosen).title}")
    if export:
        show(store.export(chosen, export))
    if delete:
        title = store.get(chosen).title
        store.delete(chosen)
        show(f"Deleted {chosen[:8]} {title}")


def _named(store: Conversations, name: str) -> str:
    """The id that the name is or, with at least four characters, alone begins."""
    from rag.sessions import ConversationError

    known = [info.id for info in store.list()]
    begun = [i for i in known if len(name) >= _SHORTEST_PREFIX and i.startswith(name.lower())]
    if name in known or not begun:
        return store.get(name).id
    if len(begun) > 1:
        raise ConversationError(f"{name!r} begins {len(begun)} ids.", remedy="Write more of it.")
    return begun[0]


def _day(text: str | None) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date() if text else None
    except ValueError as error:
        raise click.UsageError(f"--today {text!r} is no date such as 2021-10-06.") from error
