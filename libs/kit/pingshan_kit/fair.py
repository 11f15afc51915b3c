"""Pure work of many small steps, done in the event loop without keeping others from their turn."""

import asyncio
import time
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")

_TURN = 0.02
"""Seconds of processor time after which others have their turn."""


async def in_turns(steps: Iterable[T]) -> list[T]:
    """Returns what the steps give; the loop runs others whenever they have taken 20 ms.

    For steps that a generator takes one by one; one long step belongs into a `Worker`.
    """
    found: list[T] = []
    began = time.thread_time()
    for step in steps:
        found.append(step)
        if time.thread_time() - began > _TURN:
            await asyncio.sleep(0)
            began = time.thread_time()
    return found
