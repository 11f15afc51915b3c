"""Keeps the public keys in the memory of a process, so that a verification asks no table for them."""

import asyncio
import time
from collections.abc import Mapping

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from sqlalchemy.ext.asyncio import AsyncConnection

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

    async def every(self, tx: AsyncConnection | None = None) -> Mapping[str, IssuerKey]:
        """Returns all keys by `kid`, as they were a second ago at most.

        Whoever has a transaction open gives it: it waits for no second connection. Raises Unavailable.
        """
        await self._look(tx, older_than=_FRESH)
        return self._keys

    async def of(self, kid: str, tx: AsyncConnection | None = None) -> IssuerKey | None:
        """Returns the key, None where there is none of that `kid`; `tx` as in `every`. Raises Unavailable."""
        keys = await self.every(tx)
        if kid not in keys:
            await self._look(tx, older_than=_UNKNOWN_AGAIN)
        return self._keys.get(kid)

    async def _look(self, tx: AsyncConnection | None, *, older_than: float) -> None:
        if self._is_younger(older_than):
            return
        if tx is not None:
            await self._read(tx)
            return
        async with self._turn:
            if not self._is_younger(older_than):
                async with self._database.read() as own:
                    await self._read(own)

    async def _read(self, tx: AsyncConnection) -> None:
        looked_at = time.monotonic()
        found = await issuer_keys.every(tx, self._personal)
        if looked_at >= self._looked_at:
            self._keys, self._looked_at = {each.kid: each for each in found}, looked_at

    def _is_younger(self, seconds: float) -> bool:
        return time.monotonic() - self._looked_at < seconds
