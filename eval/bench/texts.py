"""Texts to measure with: files of text, or the texts of JSON lines."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

_KEYS = ("text", "context")


def read_texts(place: Path) -> list[str]:
    """The different texts of a folder's .md, .txt, .jsonl and .jsonl.gz files, or of one such file.
    Of JSON lines it is what stands under "text" or "context"."""
    files = sorted(place.rglob("*")) if place.is_dir() else [place]
    return list(dict.fromkeys(text for file in files for text in _texts_of(file)))


def documents(texts: Sequence[str], parts: int) -> list[str]:
    """Longer texts, each of so many that followed each other."""
    return ["\n\n".join(texts[i : i + parts]) for i in range(0, len(texts), parts)]


def _texts_of(file: Path) -> Iterator[str]:
    if file.suffix in {".md", ".txt"}:
        yield file.read_text(encoding="utf-8")
    elif file.name.endswith((".jsonl", ".jsonl.gz")):
        opened = gzip.open if file.suffix == ".gz" else open
        with opened(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                yield from (row[key] for key in _KEYS if row.get(key))
