"""Tells a person by SMS that administrators have reset their password or their factors."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_identity.store.people import persons
from pingshan_identity.usecases.dependencies import Dependencies

TEMPLATE = "sign-in-reset"


@dataclass(frozen=True, slots=True)
class TellOfReset:
    request_id: UUID
    person_id: UUID


async def tell_of_reset(deps: Dependencies, command: TellOfReset) -> None:
    """Sends the SMS; a second call sends nothing more. Nobody is told who has left meanwhile, or has no number.

    Raises rpc.RemoteError, Unavailable.
    """
    async with deps.database.read() as tx:
        found = await persons.contacts(tx, deps.personal, [command.person_id])
    for contact in found:
        if contact.mobile_number:
            await deps.notifications.send(
                request_id=command.request_id,
                template_id=TEMPLATE,
                variables={},
                mobile=contact.mobile_number,
                language=contact.language,
            )
