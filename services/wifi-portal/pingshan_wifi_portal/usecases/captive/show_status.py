"""Shows a person their own connection and the day's volume."""

from dataclasses import dataclass
from datetime import datetime

from pingshan_kit.clock import now, today
from pingshan_values.text import Text

from pingshan_wifi_portal.domain import quota
from pingshan_wifi_portal.domain.errors import SessionNotFound
from pingshan_wifi_portal.domain.quota import Plan
from pingshan_wifi_portal.store import status, usage
from pingshan_wifi_portal.usecases.captive.shared import reports_applied, status_hash
from pingshan_wifi_portal.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class Status:
    hotspot_name: Text
    plan: Plan
    used_octets: int
    online: bool
    rate_kbps: int
    expires_at: datetime | None

    @property
    def exhausted(self) -> bool:
        return quota.exhausted(self.plan, self.used_octets)

    @property
    def near_end(self) -> bool:
        return quota.near_end(self.plan, self.used_octets)

    @property
    def remaining_octets(self) -> int:
        return quota.remaining(self.plan, self.used_octets)

    @property
    def used_percent(self) -> int:
        return min(100, self.used_octets * 100 // self.plan.daily_octets)

    @property
    def remaining_seconds(self) -> int:
        return max(0, int((self.expires_at - now()).total_seconds())) if self.expires_at else 0


async def show_status(deps: Dependencies, *, status_token: str) -> Status:
    """Returns the status of the token's sign-in. Raises SessionNotFound for an unknown token."""
    known = status_hash(status_token[:64])
    async with deps.database.read() as tx:
        found = await status.by_token(tx, known)
    if found is not None and found.session is not None:
        await reports_applied(deps, found.session.session_id)
    async with deps.database.read() as tx:
        found = await status.by_token(tx, known)
        if found is None:
            raise SessionNotFound
        plan = (await usage.plans(tx, [found.visitor_id]))[found.visitor_id]
        used = await usage.used(tx, found.visitor_id, today())
    online = found.session is not None and found.session.ended_at is None
    rate = found.session.rate_kbps if found.session and online else quota.rate(plan, used)
    return Status(found.hotspot_name, plan, used, online, rate, found.session.expires_at if found.session else None)
