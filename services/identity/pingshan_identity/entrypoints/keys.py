"""Keeps the signing keys of this process up to date, in every process of the service."""

import asyncio

from pingshan_kit.errors import Unavailable
from pingshan_values.actor import Actor, ActorKind

from pingshan_identity.domain.signing_key import LEARNED_WITHIN
from pingshan_identity.usecases.load_keys import load_keys
from pingshan_identity.usecases.rotate_keys import rotate_keys
from pingshan_identity.usecases.tools import Tools

_ITSELF = Actor(kind=ActorKind.SERVICE, service="identity")


async def keep_keys(tools: Tools) -> None:
    """Make the first keys where there are none, then look for those that other processes made. Never returns."""
    while True:
        try:
            await load_keys(_ITSELF, tools.database, tools.personal, tools.signer)
            if not tools.signer.ready.is_set():
                await rotate_keys(_ITSELF, tools.database, tools.personal)
                continue
        except Unavailable:
            pass  # what is known goes on signing
        await asyncio.sleep(LEARNED_WITHIN.total_seconds())
