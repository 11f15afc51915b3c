"""Takes back that somebody is to leave on a day to come."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.people.shared import stay


@dataclass(frozen=True, slots=True)
class CancelLeaving:
    person_id: UUID
    version: int
    """Version of the person that the page showed."""


async def cancel_leaving(deps: Dependencies, actor: Actor, command: CancelLeaving) -> None:
    """Lets the person stay, with the posts that they have, and records it.

    Raises:
        AdministratorRequired, NoLeavingPlanned, PersonChanged, PersonNotFound.
        TakesTwo: the person is an administrator, or the actor.
    """
    check_may_administer(actor, AdministrativeAct.CANCEL_LEAVING)
    async with deps.database.begin() as tx:
        await stay(tx, actor, person_id=command.person_id, version=command.version)
