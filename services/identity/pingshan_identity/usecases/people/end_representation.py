"""An agent's appointment ends: by who appointed, by any legal representative after them, or by the agent."""

from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import RepresentationNotFound
from pingshan_identity.domain.oauth.grant import GrantEndReason
from pingshan_identity.domain.people.representation import Representation, RepresentationKind
from pingshan_identity.store.oauth import grants
from pingshan_identity.store.people import representations
from pingshan_identity.usecases.oauth.shared import end_grant


async def end_representation(
    actor: Actor, database: Database, personal: PersonalData, *, representation_id: UUID
) -> None:
    """What the agent has open closes, too: it was opened with the power that ends.

    Raises:
        RepresentationNotFound: no such current appointment that this person may end.

    """
    async with database.begin() as tx:
        found = await representations.get(tx, personal, representation_id)
        if found is None or found.kind is not RepresentationKind.AGENT or not found.is_current(clock.today()):
            raise RepresentationNotFound
        if found.person_id != actor.person_id and not await _heads(tx, personal, actor, found):
            raise RepresentationNotFound
        await representations.end(tx, found.representation_id, clock.now())
        for grant in await grants.live_of_person(tx, found.person_id):
            await end_grant(tx, actor, grant, GrantEndReason.REPRESENTATION_ENDED)
        for subject in dict.fromkeys((actor.id, f"person:{found.person_id}")):
            await audit_log.append(
                tx,
                actor=actor,
                act=Act.AGENT_ENDED,
                subject=subject,
                details={"representation_id": found.representation_id},
            )


async def _heads(tx: AsyncConnection, personal: PersonalData, actor: Actor, agents: Representation) -> bool:
    if actor.person_id is None:
        return False
    own = await representations.of_person(tx, personal, actor.person_id)
    return any(each.holder_code == agents.holder_code and each.may_appoint(clock.today()) for each in own)
