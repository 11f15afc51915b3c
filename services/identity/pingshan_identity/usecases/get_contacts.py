"""How to reach people: personal data, only for the service that delivers messages (edges.yaml)."""

from collections.abc import Collection
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_identity.domain.person import Contact
from pingshan_identity.store import persons


async def get_contacts(database: Database, personal: PersonalData, *, person_ids: Collection[UUID]) -> list[Contact]:
    """Returns mobile number and language of each, ordered by id; nothing of whom there is none, or who has left."""
    async with database.read() as tx:
        return await persons.contacts(tx, personal, person_ids)
