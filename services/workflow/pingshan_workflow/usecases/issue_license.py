"""Issue a case's licence through e-license: retried for days, never twice."""

from pingshan_kit import clock, telemetry
from pingshan_kit.logging import log
from pingshan_kit.rpc import RemoteError
from pingshan_kit.storage.database import Database

from pingshan_workflow.clients.licenses import Licenses
from pingshan_workflow.domain.case import IssuedLicense, LicenseOrder
from pingshan_workflow.store import history


async def issue_license(database: Database, licenses: Licenses, order: LicenseOrder) -> IssuedLicense:
    """A refusal is noted on the case's timeline, once for each reason, and raised: the case keeps trying.

    Raises Unavailable, RemoteError.
    """
    telemetry.mark(case_id=order.case_id, correlation_id=order.case_id)
    try:
        issued = await licenses.issue(order)
    except RemoteError as error:
        log.warning("license.refused", case_id=order.case_id, license_type=order.license_type, reason=error.reason)
        async with database.begin() as tx:
            await history.add_note(
                tx,
                case_id=order.case_id,
                key=f"refused/{order.node}/{error.reason}",
                kind="license_refused",
                at=clock.now(),
                details={"license_type": order.license_type, "reason": error.reason},
            )
        raise
    telemetry.mark(license_id=issued.license_id)
    return issued
