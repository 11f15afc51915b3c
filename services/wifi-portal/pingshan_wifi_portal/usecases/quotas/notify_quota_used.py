"""Notifies a person by SMS that the day's volume is used up."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from pingshan_wifi_portal.store import sign_ins
from pingshan_wifi_portal.usecases.dependencies import Dependencies

_REQUEST = UUID("8c9b1f0e-6a0d-4f57-9b40-5e3c1a7d2f63")


@dataclass(frozen=True, slots=True)
class NotifyQuotaUsed:
    visitor_id: UUID
    day: date
    rate_kbps: int


async def notify_quota_used(deps: Dependencies, command: NotifyQuotaUsed) -> None:
    """Sends the SMS once per person and day, however often it runs. Raises rpc.RemoteError, Unavailable."""
    async with deps.database.read() as tx:
        mobile, language = await sign_ins.contact(tx, deps.personal, command.visitor_id)
    await deps.notifications.send(
        request_id=uuid5(_REQUEST, f"{command.visitor_id}:{command.day}"),
        template_id="wifi-quota-used",
        variables={"rate_kbps": str(command.rate_kbps)},
        mobile=mobile,
        language=language,
    )
