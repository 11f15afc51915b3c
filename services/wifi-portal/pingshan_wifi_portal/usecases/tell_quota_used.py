"""Tell a person by SMS that the day's volume is used up."""

from datetime import date
from uuid import UUID, uuid5

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_wifi_portal.clients.notifications import Notifications
from pingshan_wifi_portal.store import sign_ins

_REQUEST = UUID("8c9b1f0e-6a0d-4f57-9b40-5e3c1a7d2f63")


async def tell_quota_used(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    notifications: Notifications,
    *,
    visitor_id: UUID,
    day: date,
    rate_kbps: int,
) -> None:
    """Once per person and day, however often it runs. Raises rpc.RemoteError, Unavailable."""
    del actor
    async with database.read() as tx:
        mobile, language = await sign_ins.contact(tx, personal, visitor_id)
    await notifications.send(
        request_id=uuid5(_REQUEST, f"{visitor_id}:{day}"),
        template_id="wifi-quota-used",
        variables={"rate_kbps": str(rate_kbps)},
        mobile=mobile,
        language=language,
    )
