"""Ends an agent's appointment, for the agent or for who heads the company today."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import require_person
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import RepresentationNotFound
from pingshan_identity.domain.oauth.grant import GrantEndReason
from pingshan_identity.store.oauth import grants
from pingshan_identity.store.representations import representations
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.shared import end_grant


@dataclass(frozen=True, slots=True)
class EndRepresentation:
    representation_id: UUID


async def end_representation(deps: Dependencies, actor: Actor, command: EndRepresentation) -> None:
    """Ends the appointment, and every grant of the agent: some were made with the power that ends.

    Raises:
        RepresentationNotFound: no such current appointment that this person may end.
    """
    person_id = require_person(actor, RepresentationNotFound)
    async with deps.database.begin() as tx:
        found = await representations.get(tx, deps.personal, command.representation_id)
        if found is None:
            raise RepresentationNotFound
        found.check_may_end(actor, await representations.of_person(tx, deps.personal, person_id), clock.today())
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
