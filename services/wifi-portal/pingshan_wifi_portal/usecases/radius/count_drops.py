"""Keep count of the RADIUS packets that were silently discarded (RFC 2865 section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass

from pingshan_kit.clock import today

from pingshan_wifi_portal.store import controllers
from pingshan_wifi_portal.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class CountDrops:
    packets: Mapping[tuple[str, str], int]
    """(controller id or "unknown", reason) → packets since the last time."""


async def count_drops(deps: Dependencies, command: CountDrops) -> None:
    """Add the packets to the day's count."""
    async with deps.database.begin() as tx:
        await controllers.add_drops(tx, today(), command.packets)
