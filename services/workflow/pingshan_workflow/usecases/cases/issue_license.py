"""Issues a case's licence through e-license; the case repeats it for days, yet never gets two."""

from pingshan_kit import clock, telemetry
from pingshan_kit.logging import log
from pingshan_kit.rpc import RemoteError

from pingshan_workflow.domain.cases.case import IssuedLicense, IssueLicense
from pingshan_workflow.store import history
from pingshan_workflow.usecases.dependencies import Dependencies


async def issue_license(deps: Dependencies, command: IssueLicense) -> IssuedLicense:
    """Returns the issued licence; a second call returns the same one.

    Raises Unavailable, or RemoteError where e-license refuses; the case's timeline notes that once for each reason.
    """
    telemetry.mark(case_id=command.case_id, correlation_id=command.case_id)
    try:
        issued = await deps.licenses.issue(command)
    except RemoteError as error:
        log.warning("license.refused", case_id=command.case_id, license_type=command.license_type, reason=error.reason)
        async with deps.database.begin() as tx:
            await history.add_note(
                tx,
                case_id=command.case_id,
                key=f"refused/{command.node}/{error.reason}",
                kind="license_refused",
                at=clock.now(),
                details={"license_type": command.license_type, "reason": error.reason},
            )
        raise
    telemetry.mark(license_id=issued.license_id)
    return issued
