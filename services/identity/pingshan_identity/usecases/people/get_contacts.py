"""Contacts of people: personal data, only for the service that delivers messages (edges.yaml)."""

from collections.abc import Collection
from uuid import UUID

from pingshan_identity.domain.people.person import Contact
from pingshan_identity.store.people import persons
from pingshan_identity.usecases.dependencies import Dependencies


async def get_contacts(deps: Dependencies, *, person_ids: Collection[UUID]) -> list[Contact]:
    """Returns mobile number and language of each person, ordered by id; leaves out who is unknown or has left."""
    async with deps.database.read() as tx:
        return await persons.contacts(tx, deps.personal, person_ids)
