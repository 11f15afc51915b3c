"""Lists who is slowed down at this moment, for the security administrator and the auditor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.storage import waits
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.sign_in.throttle import Counted, seen_subject
from pingshan_identity.store.people import staff
from pingshan_identity.store.sign_in import throttles
from pingshan_identity.usecases.dependencies import Dependencies

MOST = 200


@dataclass(frozen=True, slots=True)
class Slowed:
    key: str
    """What names it to `lift_throttle`."""
    counted: Counted
    person_id: str | None
    login_name: str | None
    """Login name of staff; None for the public and for names that nobody has."""
    subject: str
    """Network, or number with its middle hidden; empty where neither is counted."""
    attempts: int
    attempted_at: datetime
    blocked_until: datetime


async def list_throttles(deps: Dependencies, actor: Actor) -> Sequence[Slowed]:
    """Returns at most 200, those who wait longest first. Raises AdministratorRequired."""
    check_may_administer(actor, AdministrativeAct.LIST_THROTTLES)
    async with deps.database.read() as tx:
        found = await throttles.slowed(tx, deps.personal, clock.now(), MOST)
        names = await staff.login_names(tx, {each.columns["person_id"] for each in found} - {None})
    return [_seen(each, names) for each in found]


def _seen(slowed: waits.Slowed, names: Mapping[UUID, str]) -> Slowed:
    person_id, counted = slowed.columns["person_id"], Counted(slowed.counted)
    return Slowed(
        key=slowed.key.hex(),
        counted=counted,
        person_id=str(person_id) if person_id else None,
        login_name=names.get(person_id),
        subject=seen_subject(counted, slowed.subject or ""),
        attempts=slowed.attempts,
        attempted_at=slowed.attempted_at,
        blocked_until=slowed.blocked_until,
    )
