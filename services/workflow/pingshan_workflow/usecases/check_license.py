"""An automatic step: does the applicant hold the licence that the process asks for?"""

from pingshan_kit import telemetry

from pingshan_workflow.clients.licenses import Licenses
from pingshan_workflow.domain.case import LicenseCheck


async def check_license(licenses: Licenses, check: LicenseCheck) -> bool:
    """Raises Unavailable or RemoteError: the case asks again until e-license answers."""
    telemetry.mark(case_id=check.case_id, correlation_id=check.case_id)
    return await licenses.holds(check.applicant_code, check.license_type)
