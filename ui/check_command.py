"""`groundwire check`: does this evidence support this statement?"""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from ui.options import debug_option, json_option
from ui.terminal import show, show_json

EXIT_UNSUPPORTED = 3
_MOST_INPUT = 1_000_000  # bytes


@click.command()
@click.option("--statement", metavar="S", required=True, help="What is said.")
@click.option(
    "--evidence",
    metavar="E",
    required=True,
    multiple=True,
    help='What should support it; again for more. "-" reads standard input.',
)
@click.option("--threshold", type=float, help="Supported at or above this score, 0 to 1.")
@json_option
@debug_option
@click.pass_context
def check(
    ctx: click.Context,
    /,
    statement: str,
    evidence: tuple[str, ...],
    threshold: float | None,
    as_json: bool,
) -> None:
    """Say whether evidence supports a statement.

    What speaks against it is listed. Exit code 3: it is not supported.
    """
    from rag.support import SupportChecker

    found = SupportChecker(threshold=threshold).check(statement, [*map(_text, evidence)])
    if as_json:
        show_json(asdict(found))
    else:
        show(f"{'Supported' if found.supported else 'Not supported'} ({found.score:.2f}).")
        for reason in found.reasons:
            show(f"- {reason}")
    if not found.supported:
        ctx.exit(EXIT_UNSUPPORTED)


def _text(evidence: str) -> str:
    if evidence != "-":
        return evidence
    return sys.stdin.buffer.read(_MOST_INPUT).decode("utf-8", "replace")
