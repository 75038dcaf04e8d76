"""docs/performance.md from the parts that were measured."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Row = Mapping[str, str | float]

OPENING = """# Performance

`make bench TEXTS=FOLDER` measures everything here and writes this page from the parts that
`python -m eval.bench` left in `runs/bench`. Each part says with what code, when, and what the
machine could do at most while it was measured: the best of five matrix multiplications in float32
and bfloat16, and of five copies of memory. `load` is the system's load average as the part began
and ended: where it began above 1 the machine was busy with other work, and only ratios within the
part mean much; a share of the peak near or above 1 says that the peak itself was disturbed.
"""


def page(parts: Sequence[tuple[str, str, Path]]) -> str:
    """The page: for each part its title, what is said about it, and the file with its rows."""
    shown = [OPENING]
    for title, about, file in parts:
        shown.append(f"\n## {title}\n\n{about}\n")
        if not file.is_file():
            shown.append("Not measured yet.\n")
            continue
        part = json.loads(file.read_text())
        shown += [table(part["rows"]), f"\n`{_signature(part['signature'])}`\n"]
    return "\n".join(shown)


def table(rows: Sequence[Row]) -> str:
    """Rows with the same keys as a table."""
    names = [*rows[0]]
    lines = [names, ["---"] * len(names), *[[_cell(row[name]) for name in names] for row in rows]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:,}"


def _signature(facts: Mapping[str, Any]) -> str:
    return " | ".join(f"{name}:{value}" for name, value in facts.items())
