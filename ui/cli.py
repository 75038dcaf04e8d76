"""The command `groundwire`: its subcommands by name, and what a user meets when one fails."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any, NamedTuple

import click

from ui.options import DEBUG, debug_option
from ui.terminal import say

EXIT_ERROR = 1
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141


class Subcommand(NamedTuple):
    """Where a subcommand is, as "module:attribute", and its line in the help."""

    target: str
    help: str


SUBCOMMANDS: Mapping[str, Subcommand] = MappingProxyType(
    {
        "ingest": Subcommand(
            "ui.ingest_command:ingest", "Read files, folders and web pages into a library."
        ),
        "ask": Subcommand("ui.ask_command:ask", "Answer a question from the articles."),
        "check": Subcommand("ui.check_command:check", "Say whether evidence supports a statement."),
        "chat": Subcommand("ui.chat_command:chat", "Ask in a conversation that is kept."),
        "serve": Subcommand("ui.serve_command:serve", "Serve the chat, the HTTP API and MCP."),
        "mcp": Subcommand("ui.serve_command:mcp", "Serve assistants that speak MCP."),
        "articles": Subcommand(
            "ui.articles_commands:articles", "List, show and remove the articles of a library."
        ),
        "reindex": Subcommand(
            "ui.ingest_command:reindex", "Make the vector index anew, embedding nothing again."
        ),
        "backup": Subcommand("ui.backup_commands:backup", "Copy the library, also while in use."),
        "restore": Subcommand(
            "ui.backup_commands:restore", "Put a backup in the place of the library."
        ),
        "rescue": Subcommand(
            "ui.backup_commands:rescue", "Save what can be read of a damaged library."
        ),
        "upgrade": Subcommand(
            "ui.backup_commands:upgrade",
            "Bring a library of an older version to the newest.",
        ),
        "eval": Subcommand(
            "ui.eval_commands:eval_group", "Measure answers on questions with known answers."
        ),
        "doctor": Subcommand(
            "ui.doctor:doctor", "Check the installation, the models and the library."
        ),
    }
)
"""In the order of the help. A row is all that a new subcommand needs here; its module is imported
when it is used."""

_OWN_PACKAGES = frozenset({"eval", "ingest", "rag", "ui"})
_NO_TELEMETRY = {
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}


class LazyGroup(click.Group):
    """A group whose subcommands are imported when used; the help needs only the table.

    Whatever a subcommand raises ends here: as one line, or as a traceback with `--debug`.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The subcommands whose module is there."""
        return [
            name for name, row in SUBCOMMANDS.items() if find_spec(row.target.partition(":")[0])
        ]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand, imported."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module, _, attribute = SUBCOMMANDS[cmd_name].target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help's list of subcommands, from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(n, SUBCOMMANDS[n].help) for n in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; what it raises becomes a message and an exit code."""
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException):
            raise
        except (KeyboardInterrupt, click.Abort):
            ctx.exit(EXIT_INTERRUPTED)
        except BrokenPipeError:
            _discard_output()
            ctx.exit(EXIT_BROKEN_PIPE)
        except Exception as error:
            report(error, debug=bool(ctx.meta.get(DEBUG)))
            ctx.exit(EXIT_ERROR)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="groundwire", message="%(prog)s %(version)s")
@debug_option
def groundwire() -> None:
    """Ask your articles: every sentence of an answer is wired to the exact words of a source."""
    os.environ.update(_NO_TELEMETRY)


def main() -> None:
    """Run the command line; the entry of the console script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace" if stream is sys.stdout else "backslashreplace")
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    logging.getLogger().addHandler(_OwnWarnings(logging.WARNING))
    groundwire(prog_name="groundwire")


class _OwnWarnings(logging.Handler):
    """Says what our own packages warn of; what others log is for developers."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] in _OWN_PACKAGES:
            say(f"groundwire: {record.getMessage()}")


def report(error: Exception, *, debug: bool) -> None:
    """Say on standard error what went wrong, in one line; with `debug`, the traceback."""
    from ingest.errors import GroundwireError

    if debug:
        import traceback

        traceback.print_exception(error)
    elif isinstance(error, GroundwireError):
        say(f"groundwire: {error}")
    else:
        name = type(error).__name__
        say(f"groundwire: Unexpected {name}: {error}. Run it again with --debug to see where.")


def _discard_output() -> None:
    """Send what is still to be written nowhere: nobody reads it."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
