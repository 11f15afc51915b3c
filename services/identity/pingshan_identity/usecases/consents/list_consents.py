"""Lists the consents of the person who asks."""

from pingshan_values.actor import Actor

from pingshan_identity.domain.access import require_person
from pingshan_identity.domain.consents.consent import Consent
from pingshan_identity.domain.errors import PersonNotFound
from pingshan_identity.store.consents import consents
from pingshan_identity.usecases.dependencies import Dependencies


async def list_consents(deps: Dependencies, actor: Actor) -> list[Consent]:
    """Returns the consents in force, the latest first.

    Raises:
        PersonNotFound: nobody is signed in.
    """
    person_id = require_person(actor, PersonNotFound)
    async with deps.database.read() as tx:
        return await consents.of_person(tx, person_id)
