"""What acts on licences leave for the public: an entry in the transparency log, and a status in a list."""

from collections.abc import Sequence
from hashlib import sha256

from pingshan_values.log_proof import base64url
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.license import License, Transition
from pingshan_e_license.domain.transparency.log_entry import EntryKind, NewEntry
from pingshan_e_license.domain.transparency.status import status_of
from pingshan_e_license.store.transparency import log_entries, status_lists
from pingshan_e_license.usecases.dependencies import Dependencies


async def log_decisions(tx: AsyncConnection, deps: Dependencies, decided: Sequence[tuple[License, Transition]]) -> None:
    """Enters decisions on licences, their issue first, into the transparency log and the status lists.

    Each stands beside the licence after it. A change locks the list of the licence's type until the commit. A decision
    holds from now on at the latest (`check_effective_at`), so that its status does.
    """
    await log_entries.append_all(tx, deps.personal, [_entry(*each) for each in decided])
    for licence, decision in decided:
        if decision.number > 1:
            await status_lists.set_status(tx, licence.license_id, status_of(decision.standing.value))


def _entry(decided: License, decision: Transition) -> NewEntry:
    content: dict[str, str | int | None] = {
        "license_id": str(decided.license_id),
        "identifier": decided.identifier,
        "type": decided.type,
        "agency": decided.agency,
        "standing": decision.standing.value,
        "revision": decision.number,
        "effective_at": decision.effective_at.isoformat(),
        "recorded_at": decision.recorded_at.isoformat(),
        "legal_basis": decision.legal_basis,
    }
    if decision.number == 1:
        return NewEntry(EntryKind.LICENSE_ISSUED, str(decided.license_id), content | _issued(decided))
    return NewEntry(EntryKind.LICENSE_CHANGED, str(decided.license_id), content)


def _issued(new: License) -> dict[str, str | int | None]:
    return {
        "effective_on": new.period.effective_on.isoformat(),
        "expires_on": new.period.expires_on.isoformat() if new.period.expires_on else None,
        "credential_sha256": base64url(sha256(new.credential.jwt.encode()).digest()),
    }
