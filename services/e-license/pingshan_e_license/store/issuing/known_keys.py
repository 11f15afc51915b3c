"""Keeps the public keys in the memory of a process, so that a verification asks no table for them."""

import asyncio
import time
from collections.abc import Mapping

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_e_license.domain.issuing.issuer_key import IssuerKey
from pingshan_e_license.store.issuing import issuer_keys

_FRESH = 1.0
"""Seconds for which keys are believed without a look: less than the two within which a revocation counts."""
_UNKNOWN_AGAIN = 0.1
"""Seconds between two looks for keys that were not there: whoever asks for many gets no more of them."""


class KnownKeys:
    """Looks for keys once a second at most while anybody asks, and at once for one that it does not know."""

    def __init__(self, database: Database, personal: PersonalData) -> None:
        self._database = database
        self._personal = personal
        self._keys: Mapping[str, IssuerKey] = {}
        self._looked_at = float("-inf")
        self._turn = asyncio.Lock()

    async def every(self) -> Mapping[str, IssuerKey]:
        """Returns all keys by `kid`, as they were a second ago at most. Raises Unavailable."""
        await self._look(older_than=_FRESH)
        return self._keys

    async def of(self, kid: str) -> IssuerKey | None:
        """Returns the key, None where there is none of that `kid`. Raises Unavailable."""
        keys = await self.every()
        if kid not in keys:
            await self._look(older_than=_UNKNOWN_AGAIN)
        return self._keys.get(kid)

    async def _look(self, *, older_than: float) -> None:
        if self._is_younger(older_than):
            return
        async with self._turn:
            if self._is_younger(older_than):
                return
            looked_at = time.monotonic()
            async with self._database.read() as tx:
                found = await issuer_keys.every(tx, self._personal)
            self._keys = {each.kid: each for each in found}
            self._looked_at = looked_at

    def _is_younger(self, seconds: float) -> bool:
        return time.monotonic() - self._looked_at < seconds
