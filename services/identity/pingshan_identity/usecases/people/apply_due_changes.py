"""Applies changes planned for today: who leaves loses access, who lost a post is signed out."""

from pingshan_kit import clock
from pingshan_values.actor import Actor
from pingshan_values.shanghai import day_of

from pingshan_identity.domain.people.employment import outlives_a_post
from pingshan_identity.domain.sessions.session import EndReason
from pingshan_identity.store.people import staff
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.people.shared import leave
from pingshan_identity.usecases.sessions.shared import close_access

_AT_ONCE = 100


async def apply_due_changes(deps: Dependencies, actor: Actor) -> int:
    """Returns the number of people concerned, at most 100 of them leaving; running again changes nothing."""
    today, applied = clock.today(), 0
    async with deps.database.begin() as tx:
        for person_id in await staff.due_to_leave(tx, today, _AT_ONCE):
            await leave(tx, actor, deps.personal, person_id=person_id, version=None, on=today, by_two=True)
            applied += 1
    async with deps.database.begin() as tx:
        for person in await staff.lost_a_post_yesterday(tx, today):
            live = await sessions.live_of(tx, deps.personal, person, clock.now())
            if outlives_a_post([day_of(each.started_at) for each in live], today):
                await close_access(tx, actor, deps.personal, person_id=person, reason=EndReason.MOVED)
                applied += 1
    return applied
