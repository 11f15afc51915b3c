"""Who holds a post in an organisation today."""

from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_identity.domain.people.person import Person
from pingshan_identity.store.people import persons


async def list_persons_by_post(
    database: Database,
    personal: PersonalData,
    *,
    organisation: str,
    post: str,
    after: UUID | None,
    limit: int,
) -> list[Person]:
    """At most `limit` people, ordered by id, those after `after`; none where organisation or post do not exist."""
    async with database.read() as tx:
        return await persons.by_post(
            tx,
            personal,
            organisation=organisation,
            code=post,
            today=clock.today(),
            after=after or UUID(int=0),
            limit=limit,
        )
