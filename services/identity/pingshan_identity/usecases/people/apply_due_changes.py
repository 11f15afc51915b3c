"""Applies changes planned for today: who leaves loses access, who lost a post or moved is signed out."""

from datetime import date
from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_values.actor import Actor
from pingshan_values.shanghai import day_after, day_of
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.people.employment import outlives_a_post
from pingshan_identity.domain.sessions.session import ABSOLUTE_LIFE, EndReason
from pingshan_identity.store.people import placements, staff
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.people.shared import leave
from pingshan_identity.usecases.sessions.shared import close_access

_AT_ONCE = 100


async def apply_due_changes(deps: Dependencies, actor: Actor) -> int:
    """Returns the number of people concerned, at most 100 of them leaving and 100 moving; running again changes
    nothing.

    After days in which nobody ran it, it does what it would have done; sessions that ended by their age meanwhile are
    `end_expired_sessions`'s, which tells their systems.
    """
    today, applied = clock.today(), 0
    async with deps.database.begin() as tx:
        for person_id in await staff.due_to_leave(tx, today, _AT_ONCE):
            await leave(tx, actor, deps.personal, person_id=person_id, version=None, on=today, by_two=True)
            applied += 1
    async with deps.database.begin() as tx:
        first = day_of(clock.now() - ABSOLUTE_LIFE)  # no session that is alive began on an earlier day
        for person, until in await staff.lost_a_post(tx, first, today):
            live = await sessions.live_of(tx, deps.personal, person, clock.now())
            if outlives_a_post([day_of(each.started_at) for each in live], day_after(until)):
                await close_access(tx, actor, deps.personal, person_id=person, reason=EndReason.MOVED)
                applied += 1
    async with deps.database.begin() as tx:
        for person_id in await placements.due(tx, today, _AT_ONCE):
            await _settle(tx, actor, deps.personal, person_id, today)
            applied += 1
    return applied


async def _settle(tx: AsyncConnection, actor: Actor, personal: PersonalData, person_id: UUID, today: date) -> None:
    """Keeps the new organisation, which counts since its day, as the only one; sessions of before go on with the rights
    of the old one, and end.
    """
    before = await placements.get(tx, person_id)
    await placements.put(tx, person_id, before.settled(today))
    live = await sessions.live_of(tx, personal, str(person_id), clock.now())
    begun = [day_of(each.started_at) for each in live]
    if before.changes_organisation and before.moves_on and outlives_a_post(begun, before.moves_on):
        await close_access(tx, actor, personal, person_id=str(person_id), reason=EndReason.MOVED)
