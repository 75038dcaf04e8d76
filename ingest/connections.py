"""SQLite connections to one database: each thread has its own, and it is closed with the thread."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from weakref import WeakSet, finalize


class Connections:
    """Connections that `connect` makes, for any number of threads that come and go."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._held: WeakSet[_Held] = WeakSet()
        self._local = threading.local()

    def own(self) -> sqlite3.Connection:
        """The connection of the thread that calls, made at its first call."""
        held: _Held | None = getattr(self._local, "held", None)
        if held is None:
            held = self._local.held = _Held(self._connect())
            with self._lock:
                self._held.add(held)
        return held.connection

    def close(self) -> None:
        """Close those of all threads."""
        with self._lock:
            for held in self._held:
                held.connection.close()
            self._held.clear()
            self._local = threading.local()


class _Held:
    """A connection that is closed when nobody holds it any more; it alone cannot be watched."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        finalize(self, connection.close).atexit = False
