"""What acts on licences leave for the public: an entry in the transparency log, and a status in a list."""

from hashlib import sha256

from pingshan_values.log_proof import base64url
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.license import License, Transition
from pingshan_e_license.domain.transparency.log_entry import EntryKind
from pingshan_e_license.domain.transparency.status import status_of
from pingshan_e_license.store.transparency import log_entries, status_lists
from pingshan_e_license.usecases.dependencies import Dependencies


async def log_decision(tx: AsyncConnection, deps: Dependencies, decided: License, decision: Transition) -> None:
    """Enters a decision on a licence, its issue first, into the transparency log and the status list.

    `decided` is the licence after the decision. A change locks the list of the licence's type until the commit. A
    decision holds from now on at the latest (`check_effective_at`), so that its status does.
    """
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
    kind = EntryKind.LICENSE_CHANGED
    if decision.number == 1:
        kind, content = EntryKind.LICENSE_ISSUED, content | _issued(decided)
    subject = str(decided.license_id)
    await log_entries.append(tx, deps.personal, kind=kind, subject=subject, content=content)
    if decision.number > 1:
        await status_lists.set_status(tx, decided.license_id, status_of(decision.standing.value))


def _issued(new: License) -> dict[str, str | int | None]:
    return {
        "effective_on": new.period.effective_on.isoformat(),
        "expires_on": new.period.expires_on.isoformat() if new.period.expires_on else None,
        "credential_sha256": base64url(sha256(new.credential.jwt.encode()).digest()),
    }
