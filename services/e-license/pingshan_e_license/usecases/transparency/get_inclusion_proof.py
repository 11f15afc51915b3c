"""Proves that an entry is in the transparency log."""

from uuid import UUID

from pingshan_values.log_proof import InclusionProof

from pingshan_e_license.domain.errors import LogEntryNotFound
from pingshan_e_license.store.transparency import log_entries
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.transparency.proofs import prove_inclusion


async def get_inclusion_proof(deps: Dependencies, *, entry_id: UUID) -> InclusionProof:
    """Returns the proof for the newest checkpoint, without what the entry says.

    Raises LogEntryNotFound, and LogEntryPending for an entry that is younger than the newest checkpoint.
    """
    async with deps.database.read() as tx:
        entry = await log_entries.by_id(tx, entry_id)
        if entry is None:
            raise LogEntryNotFound
        return await prove_inclusion(tx, entry)
