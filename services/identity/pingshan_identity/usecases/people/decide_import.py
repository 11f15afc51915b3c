"""Have an import applied, or throw it away."""

from uuid import UUID

from pingshan_kit import clock, jobs
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.domain.errors import ImportNotFound
from pingshan_identity.store.people import imports
from pingshan_identity.usecases.job_kinds import APPLY_IMPORT, ImportToApply


async def decide_import(actor: Actor, database: Database, *, import_id: UUID, apply: bool) -> None:
    """Once, however often it is clicked; applying is a job, since it hashes a password for each who joins.

    Raises:
        AdministratorRequired, ImportNotFound.

    """
    require_role(actor, SYSTEM_ADMINISTRATOR)
    async with database.begin() as tx:
        if apply:
            decided = await imports.order(tx, import_id, clock.now())
            payload = ImportToApply(import_id=import_id, person_id=actor.person_id)
            await jobs.enqueue(tx, APPLY_IMPORT, str(import_id), payload)
        else:
            decided = await imports.discard(tx, import_id, clock.now())
        if not decided:
            raise ImportNotFound
