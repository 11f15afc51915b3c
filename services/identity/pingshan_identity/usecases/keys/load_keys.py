"""Loads the published keys into the signer of this process."""

import time

from pingshan_kit import clock

from pingshan_identity.store.keys import signing_keys
from pingshan_identity.usecases.dependencies import Dependencies


async def load_keys(deps: Dependencies) -> None:
    """Replaces the keys that this process knew; private ones are read only where they are new to it."""
    looked_at = time.monotonic()
    async with deps.database.read() as tx:
        periods = await signing_keys.periods(tx, clock.now())
        unknown = periods.keys() - deps.signer.kids
        private_jwks = await signing_keys.private_jwks(tx, deps.personal, unknown) if unknown else {}
    deps.signer.adopt(periods, private_jwks, looked_at)
