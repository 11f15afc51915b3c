"""The person wants to give another number: the pending code is void."""

from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_wifi_portal.domain.visit import Told
from pingshan_wifi_portal.store import sign_ins
from pingshan_wifi_portal.usecases.find_visit import find_visit


async def start_over(actor: Actor, database: Database, *, told: Told) -> None:
    """Raises VisitUnknown. What was sent keeps counting against the limits."""
    del actor
    async with database.begin() as tx:
        visit = await find_visit(tx, told)
        await sign_ins.replace_pending(tx, visit.controller_id, visit.device_mac)
