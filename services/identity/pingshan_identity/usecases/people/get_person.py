"""One person, by id."""

from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_identity.domain.errors import PersonNotFound
from pingshan_identity.domain.people.person import Person
from pingshan_identity.store.people import persons


async def get_person(database: Database, personal: PersonalData, *, person_id: UUID) -> Person:
    """For the person, and for the services that edges.yaml lets ask.

    Raises:
        PersonNotFound: there is none, or they have left.

    """
    async with database.read() as tx:
        person = await persons.get(tx, personal, person_id, clock.today())
    if person is None:
        raise PersonNotFound(person_id=person_id)
    return person
