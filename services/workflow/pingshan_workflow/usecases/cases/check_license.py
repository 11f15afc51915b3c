"""Asks e-license whether the applicant holds the licence that the process wants."""

from pingshan_kit import telemetry

from pingshan_workflow.domain.cases.case import LicenseCheck
from pingshan_workflow.usecases.dependencies import Dependencies


async def check_license(deps: Dependencies, *, check: LicenseCheck) -> bool:
    """Returns True if the applicant has a valid one today.

    Raises Unavailable or RemoteError; the case asks again until e-license answers.
    """
    telemetry.mark(case_id=check.case_id, correlation_id=check.case_id)
    return await deps.licenses.holds(check.applicant_code, check.license_type)
