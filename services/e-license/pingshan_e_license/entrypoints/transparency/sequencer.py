"""Runs the sequencer of the transparency log, in every process; one at a time is at work."""

import asyncio

from pingshan_kit.errors import Unavailable
from pingshan_kit.logging import log

from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.transparency.sequence_entries import BATCH, BrokenTree, sequence_entries

_POLL_SECONDS = 0.5
_BROKEN_SECONDS = 60.0


async def run_sequencer(deps: Dependencies) -> None:
    """Sequences without end; waits while PostgreSQL is away, and says each minute that a tree is broken."""
    while True:
        pause = _POLL_SECONDS
        try:
            if await sequence_entries(deps) == BATCH:
                pause = 0
        except Unavailable:
            pass
        except BrokenTree as error:
            log.error("log.broken", error=str(error))
            pause = _BROKEN_SECONDS
        await asyncio.sleep(pause)
