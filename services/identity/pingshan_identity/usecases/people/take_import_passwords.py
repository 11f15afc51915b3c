"""The initial passwords of an import as a sheet, once."""

from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.domain.errors import ImportNotFound
from pingshan_identity.store.people import imports


async def take_import_passwords(
    actor: Actor, database: Database, personal: PersonalData, *, import_id: UUID
) -> list[list[str]]:
    """For whoever uploaded it. Raises AdministratorRequired, ImportNotFound."""
    require_role(actor, SYSTEM_ADMINISTRATOR)
    if actor.person_id is None:
        raise ImportNotFound
    async with database.begin() as tx:
        found = await imports.take_passwords(tx, personal, import_id, actor.person_id)
    if found is None:
        raise ImportNotFound
    return found
