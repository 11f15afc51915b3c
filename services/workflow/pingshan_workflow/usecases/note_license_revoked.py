"""A licence that a case issued was revoked: the case's timeline says so."""

from pingshan_events.e_license import LicenseRevoked
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_workflow.store import cases, history


async def note_license_revoked(tx: AsyncConnection, event: LicenseRevoked) -> None:
    """Licences of no case, or of a case that is not ours, are not our matter."""
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
