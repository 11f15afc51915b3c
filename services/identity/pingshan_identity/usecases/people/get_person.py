"""Reads one person by id."""

from uuid import UUID

from pingshan_kit import clock

from pingshan_identity.domain.errors import PersonNotFound
from pingshan_identity.domain.people.person import Person
from pingshan_identity.store.people import persons
from pingshan_identity.usecases.dependencies import Dependencies


async def get_person(deps: Dependencies, *, person_id: UUID) -> Person:
    """Returns the person; edges.yaml says which services may ask.

    Raises:
        PersonNotFound: there is none, or they have left.
    """
    async with deps.database.read() as tx:
        person = await persons.get(tx, deps.personal, person_id, clock.today())
    if person is None:
        raise PersonNotFound(person_id=person_id)
    return person
