"""The heartbeat by which everybody knows that identity's stream of ended sessions can be relied on."""

import asyncio
from contextlib import suppress

import nats.errors

from pingshan_kit.events.bus import Bus
from pingshan_kit.trust.revocations import HEARTBEAT


async def send_heartbeats(bus: Bus, seconds: float) -> None:
    """Sends `identity.heartbeat` every so many seconds until it is cancelled; NATS being away only leaves a gap."""
    while True:
        with suppress(nats.errors.Error):
            await bus.send(HEARTBEAT, b"")
        await asyncio.sleep(seconds)
