"""Things that arrive at the same time are handed on at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from ui.chat.together import together


async def at(*times: float) -> AsyncGenerator[float]:
    """Each time, when so many seconds have passed since the one before; a negative one fails."""
    for time in times:
        await asyncio.sleep(abs(time))
        if time < 0:
            raise ValueError("enough")
        yield time


async def test_what_comes_together_is_one_list_and_nothing_waits_for_what_comes_late() -> None:
    groups = [group async for group in together(at(0, 0, 0.5, 0, 0, 0.5), within_s=0.1)]
    assert groups == [[0, 0], [0.5, 0, 0], [0.5]]
    assert [group async for group in together(at(), within_s=0.1)] == []


async def test_what_goes_wrong_is_raised() -> None:
    async with aclosing(together(at(0, -0.5), within_s=0.1)) as groups:
        assert await anext(groups) == [0]
        with pytest.raises(ValueError, match="enough"):
            await anext(groups)


async def test_closing_it_closes_what_it_listens_to() -> None:
    items = at(0, 60)
    async with aclosing(together(items, within_s=0.01)) as groups:
        assert await anext(groups) == [0]
    assert [item async for item in items] == []
