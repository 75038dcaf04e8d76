"""What a library was made with, in `library.json`: with this file a folder is a library."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ingest.embed import DEFAULT_MODEL
from ingest.errors import LibraryError

FORMAT = 1
_FILE = "library.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a library was made with: what every reader and writer of it must agree on."""

    format: int = FORMAT
    model: str = DEFAULT_MODEL
    passage_tokens: int = 160
    vectors: str | None = None
    """The address of a Chroma server, or None for the embedded index in the folder."""


_KINDS = {"format": int, "model": str, "passage_tokens": int, "vectors": str | None}


def is_library(folder: Path) -> bool:
    """Whether there is a library in `folder`."""
    return (folder / _FILE).exists()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Say what the library in `folder` is made with; from then on the folder is a library."""
    unfinished = folder / f"{_FILE}.new"
    try:
        unfinished.write_text(json.dumps(asdict(manifest), indent=1))
        unfinished.replace(folder / _FILE)
    except OSError as error:
        raise LibraryError(
            f"The library {str(folder)!r} cannot be written: {error.strerror}.",
            remedy="Check the permissions and the disk's room.",
        ) from error


def read_manifest(folder: Path) -> Manifest:
    """What the library in `folder` was made with. Raises LibraryError if there is none, or if it
    is of another format."""
    manifest = stored_manifest(folder)
    if manifest.format > FORMAT:
        raise LibraryError(
            f"The library {str(folder)!r} has format {manifest.format},"
            f" and this version of Groundwire uses {FORMAT}.",
            remedy="Install the version of Groundwire that made it, or a newer one.",
        )
    if manifest.format < FORMAT:
        raise LibraryError(
            f"The library {str(folder)!r} has the older format {manifest.format},"
            f" and this version of Groundwire uses {FORMAT}.",
            remedy=f"Run `groundwire upgrade --library {folder}`.",
        )
    return manifest


def stored_manifest(folder: Path) -> Manifest:
    """What `folder` says of the library in it, whatever its format."""
    try:
        manifest = Manifest(**json.loads((folder / _FILE).read_text()))
        for name, kind in _KINDS.items():
            if not isinstance(value := getattr(manifest, name), kind):
                raise TypeError(f"its {name} is {value!r}")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise LibraryError(
            f"There is no library in {str(folder)!r}.",
            remedy="Make one with `groundwire ingest SOURCE --library FOLDER`.",
        ) from error
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise LibraryError(
            f"The library's {_FILE} in {str(folder)!r} cannot be read: {error}.",
            remedy="Restore it from a backup, or ingest the articles into a new library.",
        ) from error
    return manifest
