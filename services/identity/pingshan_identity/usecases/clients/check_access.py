"""Checks whether a person may open a system, or holds a role there, at this moment."""

from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.errors import Forbidden
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import Denial, denial_of, may_ask_about
from pingshan_identity.store.clients import clients
from pingshan_identity.store.people import persons
from pingshan_identity.usecases.dependencies import Dependencies


async def check_access(deps: Dependencies, actor: Actor, *, person_id: UUID, audience: str, role: str) -> Denial | None:
    """Returns why the person is refused, None where they are not.

    `role`: the one that is asked about; empty for whether the person may open the system at all.

    Raises:
        Forbidden: a person asks about somebody else, or a client about an audience that is not its own.
    """
    if not may_ask_about(actor, person_id=str(person_id), audience=audience):
        raise Forbidden
    async with deps.database.read() as tx:
        client = await clients.get(tx, audience)
        subject = None
        if client is not None:
            subject = await persons.subject(tx, deps.personal, str(person_id), audience, clock.today())
    person, roles = (subject.person, subject.roles) if subject is not None else (None, ())
    return denial_of(client, person, roles, role=role)
