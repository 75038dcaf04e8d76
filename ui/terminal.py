"""Text on a terminal: nothing in it can steer the terminal, and tables fit."""

from __future__ import annotations

import json
import re
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

_STEERING = "\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_UNSAFE = re.compile(f"[\x00-\x08\x0b-\x1f{_STEERING}]")
_UNSAFE_IN_JSON = re.compile(f"[{_STEERING}]")
_GAP = "  "
_NARROWEST = 8


def safe(text: str) -> str:
    """`text` in which no character steers a terminal: control characters, escape sequences and
    changes of writing direction are replaced by U+FFFD. Line ends and tabs stay."""
    return _UNSAFE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """`text` made safe, on one line."""
    return safe(" ".join(text.split()))


def say(message: str) -> None:
    """One line on standard error."""
    click.echo(one_line(message), err=True)


def show(text: str) -> None:
    """Text on standard output, made safe."""
    click.echo(safe(text))


def counted(count: int, noun: str) -> str:
    """ "1 article", "2 articles"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def agreed(question: str) -> bool:
    """Whether a person says yes on the terminal; no where there is nobody to answer."""
    try:
        return click.confirm(question, err=True)
    except click.Abort as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise
        click.echo(err=True)
        return False


def show_asked(standalone: str | None) -> None:
    """What was asked of the articles, where that is not the question as it was typed."""
    if standalone:
        click.echo(f"(Asked as: {one_line(standalone)})")


def show_json(value: object) -> None:
    """JSON on standard output. It loses nothing and cannot steer a terminal either."""
    ascii_only = "utf" not in (getattr(sys.stdout, "encoding", None) or "").lower()
    written = json.dumps(value, ensure_ascii=ascii_only, indent=2)
    click.echo(_UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", written))


@contextmanager
def progress(what: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, to be called with how much is done and how much there is, if that
    is a terminal; it leaves no trace."""
    from tqdm import tqdm

    size = shutil.get_terminal_size()  # tqdm itself draws nothing where a terminal has no size
    with tqdm(
        desc=what,
        unit=unit,
        unit_scale=True,
        unit_divisor=1024 if unit == "B" else 1000,
        ncols=size.columns,
        nrows=size.lines,
        leave=False,
        disable=None,
    ) as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)
            bar.refresh()

        yield advance


def terminal_width() -> int | None:
    """The columns of the terminal that standard output is; None if it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def table(
    rows: Sequence[Sequence[str]], *, width: int | None = None, flexible: int | None = None
) -> str:
    """Rows as lines with aligned columns, the first row being the header.

    Where they would be wider than `width`, the column `flexible` is narrowed, then every line is
    cut off.
    """
    cells = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(map(columns, column)) for column in zip(*cells, strict=True)]
    if width is not None and flexible is not None:
        excess = sum(widths) + len(_GAP) * (len(widths) - 1) - width
        widths[flexible] = max(min(widths[flexible], _NARROWEST), widths[flexible] - max(excess, 0))
    lines = [_GAP.join(map(_fitted, row, widths)).rstrip() for row in cells]
    return "\n".join(line if width is None else shortened(line, width) for line in lines)


def _fitted(cell: str, width: int) -> str:
    cell = shortened(cell, width)
    return cell + " " * (width - columns(cell))


def shortened(text: str, width: int) -> str:
    """`text`, cut off with an ellipsis if it takes more than `width` columns."""
    if columns(text) <= width:
        return text
    kept, used = [], 1
    for character in text:
        used += columns(character)
        if used > width:
            break
        kept.append(character)
    return "".join(kept) + "…"


def columns(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    return sum(map(_columns_of, text))


def _columns_of(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
