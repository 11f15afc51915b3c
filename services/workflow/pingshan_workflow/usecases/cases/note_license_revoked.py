"""Notes on a case's timeline that a licence which it issued was revoked."""

from pingshan_events.e_license import LicenseRevoked
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_workflow.domain.cases.case import CaseState
from pingshan_workflow.store import cases, history


async def note_license_revoked(tx: AsyncConnection, event: LicenseRevoked) -> None:
    """Marks the licence as revoked and adds a note; ignores licences that the case neither has nor may still get.

    The revocation may be heard before the case has recorded the issue: then the note waits, unseen, for the licence.
    """
    state = await cases.lock_state(tx, event.case_id) if event.case_id else None
    if state is None:
        return
    has_it = await history.revoke_license(tx, event.case_id, event.license_id, event.occurred_at)
    if not has_it and state is not CaseState.OPEN:
        return
    await history.add_note(
        tx,
        case_id=event.case_id,
        key=f"revoked/{event.license_id}",
        kind="license_revoked",
        at=event.occurred_at,
        details={"license_id": event.license_id, "license_type": event.type, "agency": event.agency},
    )
