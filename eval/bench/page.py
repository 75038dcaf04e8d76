"""docs/performance.md: a section for each part that was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, str | float]

OPENING = """# Performance

`make bench TEXTS=FOLDER` measures everything here; `python -m eval.bench PART` measures one part
and replaces its section. Each part says with what code, when, and what the machine could do at most
while it was measured: the best of five matrix multiplications in float32 and bfloat16, and of
five copies of memory. `load` is the system's load average as the part began and ended: where it
began above 1 the machine was busy with other work, and only ratios within the part mean much; a
share of the peak near or above 1 says that the peak itself was disturbed.
"""
_HEADING = "\n## "


def page(titles: Sequence[str], sections: Mapping[str, str], before: str = "") -> str:
    """The page with these `sections`, by their titles, and all others that it had `before`; those
    of `titles` in their order, then the rest."""
    parts = before.split(_HEADING)[1:]
    known = {part.partition("\n")[0]: f"{_HEADING}{part.rstrip()}\n" for part in parts}
    known |= sections
    order = [title for title in dict.fromkeys([*titles, *known]) if title in known]
    return "\n".join([OPENING, *(known[title] for title in order)])


def section(title: str, about: str, part: Mapping[str, Any]) -> str:
    """A part of the page: its title, what is said about it, its rows and what made them."""
    made = f"`{_signature(part['signature'])}`"
    return f"{_HEADING}{title}\n\n{about}\n\n{table(part['rows'])}\n\n{made}\n"


def table(rows: Sequence[Row]) -> str:
    """Rows with the same keys as a table."""
    names = [*rows[0]]
    lines = [names, ["---"] * len(names), *[[_cell(row[name]) for name in names] for row in rows]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:,}"


def _signature(facts: Mapping[str, Any]) -> str:
    return " | ".join(f"{name}:{value}" for name, value in facts.items())
