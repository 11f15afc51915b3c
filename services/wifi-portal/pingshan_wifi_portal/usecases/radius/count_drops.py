"""Counts the RADIUS packets that were silently discarded (RFC 2865 section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass

from pingshan_kit.clock import today

from pingshan_wifi_portal.store import controllers
from pingshan_wifi_portal.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class CountDrops:
    packets: Mapping[tuple[str, str], int]
    """Number of packets since the last call, by controller id, or "unknown", and reason."""


async def count_drops(deps: Dependencies, command: CountDrops) -> None:
    """Adds the packets to the day's counts; there must be some."""
    async with deps.database.begin() as tx:
        await controllers.add_drops(tx, today(), command.packets)
