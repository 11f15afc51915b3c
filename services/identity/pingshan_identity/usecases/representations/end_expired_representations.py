"""Ends the representations whose last day is over: what was opened with their power would go on for hours."""

from pingshan_kit import audit_log, clock
from pingshan_values.actor import Actor
from pingshan_values.shanghai import begin_of, day_after
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.oauth.grant import GrantEndReason
from pingshan_identity.domain.representations.representation import Representation, RepresentationKind, goes_on
from pingshan_identity.store.oauth import grants
from pingshan_identity.store.representations import representations
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.shared import end_grant

_AT_ONCE = 100


async def end_expired_representations(deps: Dependencies, actor: Actor) -> int:
    """Returns how many have been ended, at most 100; whatever day they expired on, each is ended once."""
    async with deps.database.begin() as tx:
        expired = await representations.expired(tx, deps.personal, clock.today(), _AT_ONCE)
        for each in expired:
            await representations.end(tx, each.representation_id, clock.now())
            if not goes_on(each, await representations.of_person(tx, deps.personal, each.person_id), clock.today()):
                await _end_grants(tx, actor, each)
            if each.kind is RepresentationKind.AGENT:
                details = {"representation_id": each.representation_id}
                subject = f"person:{each.person_id}"
                await audit_log.append(tx, actor=actor, act=Act.AGENT_ENDED, subject=subject, details=details)
    return len(expired)


async def _end_grants(tx: AsyncConnection, actor: Actor, expired: Representation) -> None:
    """Ends what the person opened up to the last day; what they opened since was opened without the power."""
    over = begin_of(day_after(expired.until)) if expired.until is not None else clock.now()
    for grant in await grants.live_of_person(tx, expired.person_id, made_before=over):
        await end_grant(tx, actor, grant, GrantEndReason.REPRESENTATION_ENDED)
