"""Who holds a post in an organisation today."""

from uuid import UUID

from pingshan_kit import clock

from pingshan_identity.domain.people.person import Person
from pingshan_identity.store.people import persons
from pingshan_identity.usecases.dependencies import Dependencies


async def list_persons_by_post(
    deps: Dependencies, *, organisation: str, post: str, after: UUID | None, limit: int
) -> list[Person]:
    """Return at most `limit` people, ordered by id, after `after`; none where organisation or post do not exist."""
    async with deps.database.read() as tx:
        return await persons.by_post(
            tx,
            deps.personal,
            organisation=organisation,
            code=post,
            today=clock.today(),
            after=after or UUID(int=0),
            limit=limit,
        )
