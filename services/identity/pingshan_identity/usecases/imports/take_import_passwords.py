"""Shows the initial passwords of an import as a sheet, once."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer, require_person
from pingshan_identity.domain.errors import ImportNotFound
from pingshan_identity.store.imports import imports
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class TakeImportPasswords:
    import_id: UUID


async def take_import_passwords(deps: Dependencies, actor: Actor, command: TakeImportPasswords) -> list[list[str]]:
    """Returns heads and rows to who uploaded the import; a second call raises ImportNotFound. Raises
    AdministratorRequired.
    """
    check_may_administer(actor, AdministrativeAct.TAKE_IMPORT_PASSWORDS)
    person_id = require_person(actor, ImportNotFound)
    async with deps.database.begin() as tx:
        found = await imports.take_passwords(tx, deps.personal, command.import_id, person_id)
    if found is None:
        raise ImportNotFound
    return found
