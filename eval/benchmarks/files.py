"""Reading the files of benchmarks: JSON Lines and TSV, plain or compressed."""

from __future__ import annotations

import gzip
import json
import lzma
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from eval.errors import EvalError, MalformedFile

T = TypeVar("T")
_OPENERS: Mapping[str, Callable[..., Any]] = {".gz": gzip.open, ".xz": lzma.open}


def read_text(path: Path) -> str:
    """The text of a file, unpacked. Raises EvalError if it cannot be read."""
    try:
        with _OPENERS.get(path.suffix, open)(path, "rt", encoding="utf-8") as stream:
            return str(stream.read())
    except (OSError, EOFError, UnicodeDecodeError, lzma.LZMAError) as error:
        raise EvalError(
            f"{str(path)!r} cannot be read: {error}.",
            remedy="Name the benchmark's files with --data.",
        ) from error


def read_lines(path: Path, make: Callable[[Mapping[str, Any]], T]) -> list[T]:
    """What `make` makes of each JSON object of a file, one a line; blank lines are passed over.

    Raises MalformedFile that names every line which is no object or lacks what `make` needs.
    """
    made: list[T] = []
    problems: list[str] = []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            if not isinstance(entry, dict):
                raise TypeError("it is not a JSON object")
            made.append(make(entry))
        except KeyError as error:
            problems.append(f"{path.name}:{number}: {error} is missing")
        except (ValueError, TypeError, AttributeError, IndexError) as error:
            problems.append(f"{path.name}:{number}: {error}")
    if problems:
        raise MalformedFile(path, problems, remedy="It is not in the format of the benchmark.")
    if not made:
        raise EvalError(f"{str(path)!r} is empty.")
    return made


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Query id -> document id -> grade, from a TSV with a header, as in BEIR."""
    judged: dict[str, dict[str, int]] = {}
    problems: list[str] = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        fields = line.split("\t")
        if number == 1 and not fields[-1].lstrip("-").isdigit():
            continue
        if len(fields) != 3 or not fields[2].lstrip("-").isdigit():
            problems.append(f"{path.name}:{number}: not query, document and grade: {line!r:.80}")
        else:
            judged.setdefault(fields[0], {})[fields[1]] = max(0, int(fields[2]))
    if problems:
        raise MalformedFile(path, problems, remedy="Write query-id, corpus-id, score with tabs.")
    return judged


def first_file(folder: Path, names: Sequence[str]) -> Path:
    """The first of the names that is a file in `folder`, as it is or with .gz or .xz."""
    for name in names:
        for path in (folder / name, folder / f"{name}.gz", folder / f"{name}.xz"):
            if path.is_file():
                return path
    raise EvalError(
        f"{str(folder)!r} holds no {' or '.join(names)}.", remedy="Name the benchmark's folder."
    )


def text_of(entry: Mapping[str, Any], name: str) -> str:
    """A field that must be text. Raises TypeError or KeyError otherwise."""
    value = entry[name]
    if not isinstance(value, str):
        raise TypeError(f"{name!r} is not text: {value!r:.60}")
    return value


def objects(entry: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    """A field that must be a list of JSON objects."""
    for value in entry[name]:
        if not isinstance(value, dict):
            raise TypeError(f"{name!r} holds something that is no object: {value!r:.60}")
        yield value
