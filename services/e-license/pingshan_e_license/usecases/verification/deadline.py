"""Answers whoever verifies in time, whatever the database does meanwhile."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from pingshan_e_license.domain.errors import VerificationUnanswered

T = TypeVar("T")

ANSWERED_WITHIN = 2.5
"""Seconds after which somebody at a counter is told that there is no answer; three with the way there and back."""


async def in_time(work: Coroutine[Any, Any, T], seconds: float = ANSWERED_WITHIN) -> T:
    """Returns what the work returns. Raises VerificationUnanswered, and leaves the work to end by itself.

    It is not waited for: a connection to a server that hangs takes seconds to be given up.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if done:
        return task.result()
    task.add_done_callback(_forget)
    task.cancel()
    raise VerificationUnanswered


def _forget(task: "asyncio.Future[Any]") -> None:
    """Takes note of how the work ended, which nobody asks for any more."""
    if not task.cancelled():
        task.exception()
