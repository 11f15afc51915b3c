"""Makes the keys that are due before the first verification: the one from before is history then."""

import asyncio

from pingshan_kit.errors import Unavailable

from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.rotate_issuer_keys import rotate_issuer_keys

_AGAIN_SECONDS = 0.5


async def first_keys(deps: Dependencies) -> None:
    """Returns once the keys are there; waits for PostgreSQL."""
    while True:
        try:
            await rotate_issuer_keys(deps)
        except Unavailable:
            await asyncio.sleep(_AGAIN_SECONDS)
        else:
            return
