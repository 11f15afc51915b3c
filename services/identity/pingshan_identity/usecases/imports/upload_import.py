"""Keeps an uploaded sheet of staff and checks it; no person is changed yet."""

from dataclasses import dataclass, field
from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from pingshan_values.text import one_line

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer, require_person
from pingshan_identity.domain.errors import ImportNotFound
from pingshan_identity.store.imports import imports
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.imports.shared import checked_rows


@dataclass(frozen=True, slots=True)
class UploadImport:
    file_name: str
    content: bytes = field(repr=False)


async def upload_import(deps: Dependencies, actor: Actor, command: UploadImport) -> UUID:
    """Returns the id of the import.

    Raises:
        AdministratorRequired, SheetUnreadable, Unavailable where too many sheets are read already.
    """
    check_may_administer(actor, AdministrativeAct.UPLOAD_IMPORT)
    person_id = require_person(actor, ImportNotFound)
    sheet = await deps.sheets.read(command.content)
    import_id = uuid7()
    async with deps.database.begin() as tx:
        rows = await checked_rows(tx, actor, sheet)
        await imports.add(
            tx,
            deps.personal,
            import_id=import_id,
            uploaded_by=person_id,
            file_name=one_line(command.file_name)[:200],
            sheet=sheet,
            wrong_rows=sum(not row.is_good for row in rows),
            now=clock.now(),
        )
    return import_id
