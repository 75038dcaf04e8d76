"""Things that arrive at the same time, handed on at the same time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import TypeVar

T = TypeVar("T")


async def together(items: AsyncGenerator[T], *, within_s: float) -> AsyncGenerator[list[T]]:
    """The items in lists: each holds what came within `within_s` seconds of what came before it.

    An item waits no longer than that for another, and after the last one not at all. Raises what
    `items` raises. Closing it closes `items`.
    """
    arrived: list[T] = []
    async with contextlib.aclosing(items):
        coming = asyncio.ensure_future(_next(items))
        try:
            while True:
                await asyncio.wait({coming}, timeout=within_s if arrived else None)
                if not coming.done():
                    yield arrived
                    arrived = []
                elif item := coming.result():
                    arrived += item
                    coming = asyncio.ensure_future(_next(items))
                else:
                    break
            if arrived:
                yield arrived
        finally:
            coming.cancel()
            await asyncio.wait({coming})


async def _next(items: AsyncGenerator[T]) -> list[T]:
    """The next item in a list of its own; an empty one after the last."""
    async for item in items:
        return [item]
    return []
