"""Whether a person may open a system, or hold a role there, at this moment."""

from enum import StrEnum
from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.errors import Forbidden
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor, ActorKind

from pingshan_identity.domain.access import may_open
from pingshan_identity.store.clients import clients
from pingshan_identity.store.people import persons


class Denial(StrEnum):
    LEFT = "left"
    NOT_OPEN = "not-open"
    NO_ROLE = "no-role"
    UNKNOWN_AUDIENCE = "unknown-audience"


async def check_access(
    actor: Actor, database: Database, personal: PersonalData, *, person_id: UUID, audience: str, role: str
) -> Denial | None:
    """None where it is allowed. `role`: empty asks whether the person may open the system at all.

    Raises:
        Forbidden: a person asks about somebody else, or a client about an audience that is not its own.

    """
    own = actor.kind is ActorKind.PERSON and actor.person_id == str(person_id)
    if not (own or (actor.kind is ActorKind.CLIENT and actor.client_id == audience)):
        raise Forbidden
    async with database.read() as tx:
        client = await clients.get(tx, audience)
        subject = await persons.subject(tx, personal, str(person_id), audience, clock.today())
    if client is None or client.disabled:
        return Denial.UNKNOWN_AUDIENCE
    if subject is None:
        return Denial.LEFT
    if role:
        return None if role in subject.roles else Denial.NO_ROLE
    return None if may_open(subject.person, client, has_role=bool(subject.roles)) else Denial.NOT_OPEN
