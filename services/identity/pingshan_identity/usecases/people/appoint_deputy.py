"""Somebody acts for an absent colleague in one post, from a day to a day."""

from datetime import date
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import SEPARATED, SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import DeputyRefused, PersonNotFound
from pingshan_identity.domain.people.deputy import check_deputy
from pingshan_identity.domain.people.powers import Holding
from pingshan_identity.store.people import staff


async def appoint_deputy(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    *,
    person_id: UUID,
    deputy_login: str,
    post: str,
    since: date,
    until: date,
) -> None:
    """It ends by itself after the last day.

    Raises:
        AdministratorRequired, DeputyRefused, PersonNotFound.

    """
    require_role(actor, SYSTEM_ADMINISTRATOR)
    async with database.begin() as tx:
        deputy_id = (await staff.taken(tx, [deputy_login])).get(deputy_login)
        if deputy_id is None or await staff.lock(tx, deputy_id, None) is None:
            raise PersonNotFound
        deputy = await staff.get(tx, personal, deputy_id, clock.today())
        if deputy is None or deputy.left_at is not None:
            raise DeputyRefused(why="left")
        asked = Holding(post, since, until)
        held = [each for each in await staff.held_posts(tx, person_id) if each.acting_for is None]
        check_deputy(
            person_id=str(person_id),
            deputy_id=str(deputy_id),
            has_power=post in await staff.powers(tx, SEPARATED),
            is_held=any(each.post == post and asked.meets(Holding(post, each.since, each.until)) for each in held),
            since=since,
            until=until,
            today=clock.today(),
        )
        if any(each.post == post and asked.meets(each) for each in await staff.holdings(tx, deputy_id)):
            raise DeputyRefused(why="has-it")
        await staff.give_post(tx, deputy_id, post, since, until, acting_for=person_id)
        details = {"post": post, "acting_for": str(person_id), "since": str(since), "until": str(until)}
        await audit_log.append(
            tx, actor=actor, act=Act.DEPUTY_APPOINTED, subject=f"person:{deputy_id}", details=details
        )
