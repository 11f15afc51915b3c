"""Ends somebody's employment, today or on a day to come."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
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
        TakesTwo: the person is an administrator, or the actor.
    """
    check_may_administer(actor, AdministrativeAct.END_EMPLOYMENT)
    async with deps.database.begin() as tx:
        return await leave(
            tx, actor, deps.personal, person_id=command.person_id, version=command.version, on=command.on
        )
