"""One writer at a time: the lock of a library, and who holds it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.errors import LibraryBusy, LibraryError

_OWNER = "writer.json"


class WriteLock:
    """The right to write to a library. The system takes it from a process that dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = FileLock(folder / "write.lock", thread_local=False)

    def acquire(self, timeout_s: float) -> None:
        """Wait at most `timeout_s` seconds for it.

        Raises LibraryBusy, which names the process that has it, and LibraryError where the folder
        may not be written.
        """
        try:
            self._lock.acquire(timeout=timeout_s)
        except Timeout as error:
            raise LibraryBusy(
                f"Another process is writing to the library {str(self._folder)!r}"
                f"{_owner(self._folder)}.",
                remedy="Wait until it has finished, then try again.",
            ) from error
        except OSError as error:
            raise LibraryError(
                f"The library {str(self._folder)!r} cannot be written: {error.strerror}.",
                remedy="Check the permissions, or name another folder with --library.",
            ) from error
        self._sign()

    def release(self) -> None:
        """Let it go."""
        if self._lock.is_locked:
            with contextlib.suppress(OSError):
                (self._folder / _OWNER).unlink()
        self._lock.release()

    def _sign(self) -> None:
        """Say who has it; on a full disk nobody learns it, which is no reason not to write."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        owner = {"process": os.getpid(), "host": socket.gethostname(), "since": now}
        unfinished = self._folder / f"{_OWNER}.new"
        with contextlib.suppress(OSError):
            unfinished.write_text(json.dumps(owner))
            unfinished.replace(self._folder / _OWNER)


def _owner(folder: Path) -> str:
    """ ": process ..., on ..., since ..."; empty where it is not known."""
    try:
        owner = json.loads((folder / _OWNER).read_text())
        return f": process {owner['process']:d} on {owner['host']}, since {owner['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
