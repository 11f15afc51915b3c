"""Numbers recorded verifications as uses, in every process; one at a time is at work."""

import asyncio
from contextlib import suppress

from pingshan_kit.errors import Unavailable

from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.sharing.number_verifications import number_verifications

_POLL_SECONDS = 1.0


async def run_use_numbering(deps: Dependencies) -> None:
    """Numbers without end; waits while PostgreSQL is away."""
    while True:
        with suppress(Unavailable):
            await number_verifications(deps)
        await asyncio.sleep(_POLL_SECONDS)
