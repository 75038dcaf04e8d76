"""`groundwire ask`: question -> cited answer."""

from __future__ import annotations

import sys
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
from ui.terminal import say, show, show_asked, show_json

if TYPE_CHECKING:
    from ingest.filter import Filter
    from ingest.library import Library

EXIT_NOT_SAID = 3
_MOST_INPUT = 1_000_000  # bytes


@click.command()
@click.argument("question", nargs=-1, required=True, metavar="QUESTION")
@library_option
@filter_options
@click.option("--max-sentences", type=int, help="Most sentences of the answer. Default: 3.")
@click.option("--passages", type=int, help="How many passages are read. Default: 10.")
@click.option("--reader", help="What reads the passages: a model, or none. Default: the bundled.")
@click.option("--caution", help="low, medium or high: how sure an answer must be.")
@click.option("--threshold", type=float, help="Abstain below this confidence, 0 to 1.")
@llm_option
@json_option
@debug_option
@click.pass_context
def ask(
    ctx: click.Context,
    /,
    question: tuple[str, ...],
    as_json: bool,
    library: str | None,
    max_sentences: int | None,
    passages: int | None,
    reader: str | None,
    caution: str | None,
    threshold: float | None,
    llm: str | None,
    **filters: Unpack[FilterFlags],
) -> None:
    """Answer a question from the articles.

    QUESTION "-" reads it from standard input. DATE is 2021-10-06, 2021-10 or 2021. Exit code 3:
    the articles do not say.
    """
    from rag.assistant import Assistant
    from ui.settings import load_settings

    settings = load_settings(
        library=library,
        max_sentences=max_sentences,
        passages=passages,
        reader=reader,
        caution=caution,
        threshold=threshold,
        llm=llm,
    )
    with Assistant.open(settings.library, **settings.answering()) as assistant:
        where = filter_of(assistant.library, filters)
        answer = assistant.ask(_question(question), where=where)
        if as_json:
            show_json(answer.json())
        else:
            show_asked(answer.standalone_question)
            show(str(answer))
        if not answer.answered:
            _explain_silence(assistant.library, where)
            ctx.exit(EXIT_NOT_SAID)


def _question(words: tuple[str, ...]) -> str:
    if words != ("-",):
        return " ".join(words)
    return sys.stdin.buffer.read(_MOST_INPUT).decode("utf-8", "replace")


def _explain_silence(library: Library, where: Filter) -> None:
    """Say so if there was nothing to read at all."""
    if not library.count_articles():
        say("groundwire: The library is empty. Add articles with `groundwire ingest SOURCE`.")
    elif where and not library.entries(where):
        say("groundwire: No article passes these filters.")
