"""Notes on a case's timeline that a licence which it issued was revoked."""

from pingshan_events.e_license import LicenseRevoked
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_workflow.store import cases, history


async def note_license_revoked(tx: AsyncConnection, event: LicenseRevoked) -> None:
    """Marks the licence as revoked and adds a note; ignores licences of no case, and of unknown cases."""
    if not event.case_id or not await cases.exists(tx, event.case_id):
        return
    await history.revoke_license(tx, event.case_id, event.license_id, event.occurred_at)
    await history.add_note(
        tx,
        case_id=event.case_id,
        key=f"revoked/{event.license_id}",
        kind="license_revoked",
        at=event.occurred_at,
        details={"license_id": event.license_id, "license_type": event.type, "agency": event.agency},
    )
