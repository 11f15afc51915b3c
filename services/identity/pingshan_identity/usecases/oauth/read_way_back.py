"""Reads where a person begins anew whose authorization request was used before or is too old."""

from dataclasses import dataclass

from pingshan_identity.store.clients import clients
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class WayBack:
    name_zh: str
    name_en: str
    address: str


async def read_way_back(deps: Dependencies, *, client_id: str) -> WayBack | None:
    """Returns the system that asked, and where it begins; None where it is unknown or switched off, or has no page."""
    async with deps.database.read() as tx:
        client = await clients.get(tx, client_id)
    if client is None or client.disabled or client.begins_at is None:
        return None
    return WayBack(client.name_zh, client.name_en, client.begins_at)
