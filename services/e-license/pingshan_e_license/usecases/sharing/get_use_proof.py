"""Proves that a use stands in the transparency log."""

from uuid import UUID

from pingshan_values.actor import Actor
from pingshan_values.log_proof import InclusionProof

from pingshan_e_license.domain.errors import LogEntryNotFound
from pingshan_e_license.domain.transparency.log_entry import EntryKind
from pingshan_e_license.store.transparency import log_entries
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.sharing.get_my_use import get_my_use
from pingshan_e_license.usecases.transparency.proofs import prove_inclusion


async def get_use_proof(deps: Dependencies, actor: Actor, *, use_id: UUID) -> InclusionProof:
    """Returns the inclusion proof of the use's receipt, opened.

    Raises DataUseNotFound, also for who neither is nor acts for its holder; LogEntryPending for a use that is younger
    than the newest checkpoint.
    """
    await get_my_use(deps, actor, use_id=use_id)
    async with deps.database.read() as tx:
        found = await log_entries.of_subject(tx, deps.personal, str(use_id), (EntryKind.LICENSE_USED,), limit=1)
        if not found:
            raise LogEntryNotFound
        [(entry, opening)] = found
        return await prove_inclusion(tx, entry, opening)
