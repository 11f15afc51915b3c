"""Appoints a deputy who acts for an absent colleague in one post, from a day to a day."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.errors import PersonNotFound
from pingshan_identity.domain.people.powers import Holding
from pingshan_identity.store.people import staff
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.people.shared import appoint, check_alone


@dataclass(frozen=True, slots=True)
class AppointDeputy:
    person_id: UUID
    """Id of who is absent."""
    deputy_login: str
    post: str
    since: date
    until: date


async def appoint_deputy(deps: Dependencies, actor: Actor, command: AppointDeputy) -> None:
    """Gives the deputy the post until the last day, and records it.

    Raises:
        AdministratorRequired, DeputyRefused, PersonNotFound.
        TakesTwo: the deputy is an administrator, or the actor.
    """
    check_may_administer(actor, AdministrativeAct.APPOINT_DEPUTY)
    asked = Holding(command.post, command.since, command.until)
    async with deps.database.begin() as tx:
        deputy_id = (await staff.taken(tx, [command.deputy_login])).get(command.deputy_login)
        if deputy_id is None or await staff.lock(tx, deputy_id, None) is None:
            raise PersonNotFound
        await check_alone(tx, actor, deputy_id)
        await appoint(tx, actor, person_id=command.person_id, deputy_id=deputy_id, asked=asked)
