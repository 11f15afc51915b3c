"""Lists who holds a post in an organisation today."""

from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.paging import Page, checked_size, checked_token, cut

from pingshan_identity.domain.people.person import Person
from pingshan_identity.store.people import persons
from pingshan_identity.usecases.dependencies import Dependencies


async def list_persons_by_post(
    deps: Dependencies, *, organisation: str, post: str, page_size: int = 0, page_token: str = ""
) -> Page[Person]:
    """Returns a page of people, ordered by id, empty for an unknown organisation or post. Raises InvalidRequest."""
    size, after = checked_size(page_size), checked_token(page_token, UUID)
    async with deps.database.read() as tx:
        found = await persons.by_post(
            tx,
            deps.personal,
            organisation=organisation,
            code=post,
            today=clock.today(),
            after=after or UUID(int=0),
            limit=size + 1,
        )
    return cut(found, size, lambda person: person.person_id)
