"""Ends a deputy's appointment before its last day."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.errors import PersonNotFound
from pingshan_identity.store.people import staff
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.people.shared import check_alone, end_deputyship


@dataclass(frozen=True, slots=True)
class EndDeputy:
    deputy_id: UUID
    post: str


async def end_deputy(deps: Dependencies, actor: Actor, command: EndDeputy) -> None:
    """Ends the post as of yesterday and every session of the deputy, so that none goes on with the post's roles.

    Raises:
        AdministratorRequired, PersonNotFound.
        TakesTwo: the deputy is an administrator, or the actor.
    """
    check_may_administer(actor, AdministrativeAct.END_DEPUTY)
    async with deps.database.begin() as tx:
        if await staff.lock(tx, command.deputy_id, None) is None:
            raise PersonNotFound
        await check_alone(tx, actor, command.deputy_id)
        await end_deputyship(tx, actor, deps.personal, deputy_id=command.deputy_id, post=command.post)
