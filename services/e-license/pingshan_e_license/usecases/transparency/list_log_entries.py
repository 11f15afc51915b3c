"""Lists what the transparency log holds about the life of a licence, opened, for those who may read the licence."""

from uuid import UUID

from pingshan_kit.telemetry import mark
from pingshan_values.actor import Actor
from pingshan_values.log_proof import InclusionProof

from pingshan_e_license.domain.access import check_may_read
from pingshan_e_license.domain.errors import LicenseNotFound, LogEntryPending
from pingshan_e_license.domain.transparency.log_entry import EntryKind, LogEntry
from pingshan_e_license.store.life_cycle import licenses
from pingshan_e_license.store.transparency import log_entries
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.transparency.proofs import prove_inclusion

_MOST_ENTRIES = 100
_KINDS = (EntryKind.LICENSE_ISSUED, EntryKind.LICENSE_CHANGED)
"""Not who used it: that is the holder's alone to read."""


async def list_log_entries(
    deps: Dependencies, actor: Actor, *, license_id: UUID
) -> list[tuple[LogEntry, InclusionProof | None]]:
    """Returns up to 100 entries about what became of the licence, the oldest first, each with its opened proof.

    The proof is None for an entry that is younger than the newest checkpoint. Raises LicenseNotFound, or NotAllowed by
    `check_may_read`.
    """
    async with deps.database.read() as tx:
        known = await licenses.by_id(tx, deps.personal, license_id)
        if known is None:
            raise LicenseNotFound
        check_may_read(actor, known)
        mark(license_id=license_id, correlation_id=known.case_id or license_id)
        proven: list[tuple[LogEntry, InclusionProof | None]] = []
        found = await log_entries.of_subject(tx, deps.personal, str(license_id), _KINDS, limit=_MOST_ENTRIES)
        for entry, opening in found:
            try:
                proven.append((entry, await prove_inclusion(tx, entry, opening)))
            except LogEntryPending:
                proven.append((entry, None))
    return proven
