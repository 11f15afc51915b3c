"""Who may act for a licence holder."""

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.people.person import Person
from pingshan_identity.store.people import persons


async def list_representatives(
    actor: Actor, database: Database, personal: PersonalData, *, holder_code: str
) -> list[Person]:
    """The person with that number, or those who represent the company with that credit code today.

    Only those whose power covers the service that asks.
    """
    async with database.read() as tx:
        return await persons.representatives(tx, personal, holder_code, clock.today(), actor.service)
