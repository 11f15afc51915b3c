"""Appoints a deputy who acts for an absent colleague in one post, from a day to a day."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import SEPARATED, SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import PersonNotFound
from pingshan_identity.domain.people.deputy import check_deputy
from pingshan_identity.domain.people.powers import Holding
from pingshan_identity.store.people import staff
from pingshan_identity.usecases.dependencies import Dependencies


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
    """
    require_role(actor, SYSTEM_ADMINISTRATOR)
    asked = Holding(command.post, command.since, command.until)
    async with deps.database.begin() as tx:
        deputy_id = (await staff.taken(tx, [command.deputy_login])).get(command.deputy_login)
        if deputy_id is None or await staff.lock(tx, deputy_id, None) is None:
            raise PersonNotFound
        held = await staff.held_posts(tx, command.person_id)
        check_deputy(
            person_id=str(command.person_id),
            deputy_id=str(deputy_id),
            has_left=not await staff.exists_present(tx, deputy_id),
            has_power=command.post in await staff.powers(tx, SEPARATED),
            asked=asked,
            own=[each.holding for each in held if each.acting_for is None],
            deputys=await staff.holdings(tx, deputy_id),
            today=clock.today(),
        )
        await staff.give_post(tx, deputy_id, asked.post, asked.since, asked.until, acting_for=command.person_id)
        details = {
            "post": command.post,
            "acting_for": str(command.person_id),
            "since": str(command.since),
            "until": str(command.until),
        }
        await audit_log.append(
            tx, actor=actor, act=Act.DEPUTY_APPOINTED, subject=f"person:{deputy_id}", details=details
        )
