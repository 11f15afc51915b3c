"""Somebody leaves: today, or on a day to come."""

from datetime import date
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.usecases.people.shared import leave


async def end_employment(
    actor: Actor, database: Database, personal: PersonalData, *, person_id: UUID, version: int, on: date
) -> UUID | None:
    """The sign-out's id where it is today.

    Raises:
        AdministratorRequired, PersonChanged, PersonNotFound.

    """
    require_role(actor, SYSTEM_ADMINISTRATOR)
    async with database.begin() as tx:
        return await leave(tx, actor, personal, person_id=person_id, version=version, on=on)
