"""Keeps the signing keys in the memory of every process of the service."""

import asyncio
from contextlib import suppress

from pingshan_kit.errors import Unavailable
from pingshan_values.actor import Actor, ActorKind

from pingshan_identity.domain.keys.signing_key import LEARNED_WITHIN
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.keys.load_keys import load_keys
from pingshan_identity.usecases.keys.rotate_keys import rotate_keys

_ITSELF = Actor(kind=ActorKind.SERVICE, service="identity")


async def first_keys(deps: Dependencies) -> None:
    """Returns once the keys are in memory, and makes them where there are none; waits for PostgreSQL."""
    while not deps.signer.is_ready:
        try:
            await rotate_keys(deps, _ITSELF)
            await load_keys(deps)
        except Unavailable:
            await asyncio.sleep(LEARNED_WITHIN.total_seconds())


async def keep_keys(deps: Dependencies) -> None:
    """Loads the keys that other processes made, or withdrew, twice a second. Never returns."""
    while True:
        await asyncio.sleep(LEARNED_WITHIN.total_seconds())
        with suppress(Unavailable):  # what is known goes on signing, and is not relied on when reading
            await load_keys(deps)
