"""What acts on licences leave for the public: an entry in the transparency log, and a status in a list."""

from hashlib import sha256

from pingshan_values.log_proof import base64url
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.license import License, Transition
from pingshan_e_license.domain.transparency.log_entry import EntryKind
from pingshan_e_license.domain.transparency.status import status_of
from pingshan_e_license.store.transparency import log_entries, status_lists
from pingshan_e_license.usecases.dependencies import Dependencies


async def log_issue(tx: AsyncConnection, deps: Dependencies, new: License) -> None:
    """Enters a licence that was just issued into the transparency log, in the transaction that issues it."""
    content = {
        "license_id": str(new.license_id),
        "identifier": new.identifier,
        "type": new.type,
        "agency": new.agency,
        "standing": new.standing.value,
        "revision": new.revision,
        "effective_on": new.period.effective_on.isoformat(),
        "expires_on": new.period.expires_on.isoformat() if new.period.expires_on else None,
        "credential_sha256": base64url(sha256(new.credential.jwt.encode()).digest()),
    }
    subject = str(new.license_id)
    await log_entries.append(tx, deps.personal, kind=EntryKind.LICENSE_ISSUED, subject=subject, content=content)


async def log_change(tx: AsyncConnection, deps: Dependencies, changed: License, decision: Transition) -> None:
    """Enters a change of standing into the transparency log and the status list, in the transaction that makes it.

    `changed` is the licence after the decision. Call it last before the event: it locks the list of the type.
    """
    content = {
        "license_id": str(changed.license_id),
        "identifier": changed.identifier,
        "type": changed.type,
        "agency": changed.agency,
        "standing": decision.standing.value,
        "revision": changed.revision,
        "effective_at": decision.effective_at.isoformat(),
        "recorded_at": decision.recorded_at.isoformat(),
        "legal_basis": decision.legal_basis,
    }
    subject = str(changed.license_id)
    await log_entries.append(tx, deps.personal, kind=EntryKind.LICENSE_CHANGED, subject=subject, content=content)
    await status_lists.set_status(tx, changed.license_id, status_of(decision.standing.value))
