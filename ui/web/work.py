"""A blocking iterator, run in a thread, whose items an event loop awaits and can do without."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from threading import Event
from typing import Generic, TypeVar

T = TypeVar("T")


class Work(Generic[T]):
    """Items of `steps`, made by `run` in a thread and received by `next` in the event loop.

    To be made in the event loop. After `stop` the thread ends before its next item; `stopped` is
    the event that says so, for those who make the items to look at meanwhile.
    """

    def __init__(self, steps: Iterator[T], stopped: Event) -> None:
        self._steps = steps
        self._loop = asyncio.get_running_loop()
        self._items: asyncio.Queue[T | Exception | None] = asyncio.Queue()
        self._stopped = stopped

    def run(self) -> None:
        """Make the items until there are no more or nobody wants them."""
        try:
            while not self._stopped.is_set() and (item := next(self._steps, None)) is not None:
                self._hand_over(item)
            self._hand_over(None)
        except Exception as error:
            self._hand_over(error)

    async def next(self) -> T | None:
        """The next item, or None after the last one. Raises what making it raised."""
        item = await self._items.get()
        if isinstance(item, Exception):
            raise item
        return item

    def stop(self) -> None:
        """Say that no more items are wanted."""
        self._stopped.set()

    def _hand_over(self, item: T | Exception | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has been closed
            self._loop.call_soon_threadsafe(self._items.put_nowait, item)
