"""How to reach a person: personal data, only for the service that delivers messages (edges.yaml)."""

from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.database import Database

from pingshan_identity.domain.errors import PersonNotFound
from pingshan_identity.domain.people.person import Contact
from pingshan_identity.store.people import persons


async def get_contact(database: Database, personal: PersonalData, *, person_id: UUID) -> Contact:
    """Mobile number and language.

    Raises:
        PersonNotFound: there is none, or they have left.

    """
    async with database.read() as tx:
        contact = await persons.contact(tx, personal, person_id)
    if contact is None:
        raise PersonNotFound(person_id=person_id)
    return contact
