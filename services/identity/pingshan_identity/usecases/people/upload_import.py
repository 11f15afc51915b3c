"""A sheet of staff is uploaded and checked; nothing is changed yet."""

from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.clients import sheets
from pingshan_identity.domain.access import SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.domain.errors import ImportNotFound
from pingshan_identity.store.people import imports
from pingshan_identity.usecases.people.import_rows import checked_rows


async def upload_import(
    actor: Actor, database: Database, personal: PersonalData, *, file_name: str, content: bytes
) -> UUID:
    """The import's id.

    Raises:
        AdministratorRequired, SheetUnreadable.

    """
    require_role(actor, SYSTEM_ADMINISTRATOR)
    if actor.person_id is None:
        raise ImportNotFound
    sheet = sheets.read(content)
    import_id = uuid7()
    async with database.begin() as tx:
        rows = await checked_rows(tx, sheet)
        await imports.add(
            tx,
            personal,
            import_id=import_id,
            uploaded_by=actor.person_id,
            file_name=file_name[:200],
            sheet=sheet,
            wrong_rows=sum(not row.is_good for row in rows),
            now=clock.now(),
        )
    return import_id
