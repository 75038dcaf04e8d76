"""SQLite connections to one database: each thread has its own, and it is closed with the thread."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import WeakSet, finalize


class Connections:
    """Connections that `connect` makes, for any number of threads that come and go."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._held: WeakSet[_Held] = WeakSet()
        self._local = threading.local()
        self.closed = False

    @contextmanager
    def using(self) -> Iterator[sqlite3.Connection]:
        """The connection of the thread that calls, made at its first call; closing waits until it
        is no longer used, since SQLite ends the process otherwise. Raises
        sqlite3.ProgrammingError once they are closed."""
        held = self._own()
        with held.lock:
            yield held.connection

    def own(self) -> sqlite3.Connection:
        """The same connection; inside `using`."""
        return self._own().connection

    def _own(self) -> _Held:
        held: _Held | None = getattr(self._local, "held", None)
        if held is None:
            with self._lock:
                if self.closed:
                    raise sqlite3.ProgrammingError("The connections are closed.")
                held = self._local.held = _Held(self._connect())
                self._held.add(held)
        return held

    def close(self) -> None:
        """Close those of all threads, for good, once they are not in use."""
        with self._lock:
            self.closed = True
            for held in self._held:
                with held.lock:
                    held.connection.close()
            self._held.clear()
            self._local = threading.local()


class _Held:
    """A connection that is closed when nobody holds it any more; it alone cannot be watched."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.lock = threading.RLock()
        finalize(self, connection.close).atexit = False
