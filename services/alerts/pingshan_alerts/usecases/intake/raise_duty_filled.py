"""Raises an alert that an administrator was appointed from identity's server."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from pingshan_values.actor import Actor, ActorKind

from pingshan_alerts.domain.filled_duty import from_duty
from pingshan_alerts.usecases.dependencies import Dependencies

_IDENTITY = Actor(kind=ActorKind.SERVICE, service="identity")


@dataclass(frozen=True, slots=True)
class RaiseDutyFilled:
    event_id: UUID
    duty: str
    person_id: str
    organisations: Sequence[str]
    """Codes of the organisations of the other administrators."""


async def raise_duty_filled(deps: Dependencies, command: RaiseDutyFilled) -> str:
    """Returns the alert's id; the same event counts no report again."""
    draft = from_duty(command.duty, command.person_id, command.organisations)
    payload = {"duty": command.duty, "person_id": command.person_id}
    return await deps.admissions.admit(_IDENTITY, draft, request_id=command.event_id, payload=payload)
