"""Lists who is slowed down at this moment, for an operator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pingshan_kit.clock import now
from pingshan_values.actor import Actor

from pingshan_wifi_portal.domain import access
from pingshan_wifi_portal.domain.sign_in import Counted, seen_subject
from pingshan_wifi_portal.store import code_limits
from pingshan_wifi_portal.usecases.dependencies import Dependencies

MOST = 200


@dataclass(frozen=True, slots=True)
class Slowed:
    key: str
    """What names it to `lift_limit`."""
    counted: Counted
    subject: str
    """Number with its middle hidden, or device, network or hotspot."""
    attempts: int
    attempted_at: datetime
    blocked_until: datetime


async def list_limits(deps: Dependencies, actor: Actor) -> Sequence[Slowed]:
    """Returns at most 200, those who wait longest first. Raises NotAllowed."""
    access.check_may_operate(actor)
    async with deps.database.read() as tx:
        found = await code_limits.slowed(tx, deps.personal, now(), MOST)
    return [
        Slowed(
            each.key.hex(),
            Counted(each.counted),
            seen_subject(Counted(each.counted), each.subject or ""),
            each.attempts,
            each.attempted_at,
            each.blocked_until,
        )
        for each in found
    ]
