"""Ends somebody's employment, today or on a day to come."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pingshan_values.actor import Actor

from pingshan_identity.domain.access import SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.people.shared import leave


@dataclass(frozen=True, slots=True)
class EndEmployment:
    person_id: UUID
    version: int
    """Version of the person that the page showed."""
    on: date


async def end_employment(deps: Dependencies, actor: Actor, command: EndEmployment) -> UUID | None:
    """Returns the id of the sign-out where the person leaves today or earlier; None where leaving is planned.

    Raises:
        AdministratorRequired, PersonChanged, PersonNotFound.
    """
    require_role(actor, SYSTEM_ADMINISTRATOR)
    async with deps.database.begin() as tx:
        return await leave(
            tx, actor, deps.personal, person_id=command.person_id, version=command.version, on=command.on
        )
