"""Takes back that somebody is to move on a day to come."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.people.shared import stay_in_place


@dataclass(frozen=True, slots=True)
class CancelMove:
    person_id: UUID
    version: int
    """Version of the person that the page showed."""


async def cancel_move(deps: Dependencies, actor: Actor, command: CancelMove) -> None:
    """Lets the person stay where they are, with the posts from before the move was planned, and records it.

    Raises:
        AdministratorRequired, NoMovePlanned, PersonChanged, PersonNotFound.
        TakesTwo: the person is an administrator, or the actor.
    """
    check_may_administer(actor, AdministrativeAct.CANCEL_MOVE)
    async with deps.database.begin() as tx:
        await stay_in_place(tx, actor, person_id=command.person_id, version=command.version)
