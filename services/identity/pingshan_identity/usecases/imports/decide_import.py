"""Decides whether an import is applied or discarded."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import clock, jobs
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.errors import ImportNotFound
from pingshan_identity.store.imports import imports
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.job_kinds import APPLY_IMPORT, ImportToApply


@dataclass(frozen=True, slots=True)
class DecideImport:
    import_id: UUID
    apply: bool
    """Whether the import is applied; False discards it."""


async def decide_import(deps: Dependencies, actor: Actor, command: DecideImport) -> None:
    """Orders the job that applies the import, or discards it; a second decision raises ImportNotFound.

    Raises:
        AdministratorRequired, ImportNotFound.
    """
    check_may_administer(actor, AdministrativeAct.DECIDE_IMPORT)
    async with deps.database.begin() as tx:
        if command.apply:
            decided = await imports.order(tx, command.import_id, clock.now())
            payload = ImportToApply(import_id=command.import_id, person_id=actor.person_id)
            await jobs.enqueue(tx, APPLY_IMPORT, str(command.import_id), payload)
        else:
            decided = await imports.discard(tx, command.import_id, clock.now())
        if not decided:
            raise ImportNotFound
