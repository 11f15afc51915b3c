"""Joins the parts of LicenseService, which stand in their topics."""

from pingshan_e_license.entrypoints.issuing.bulk_issue_rpcs import BulkIssues
from pingshan_e_license.entrypoints.life_cycle.license_rpcs import Licenses


class LicenseService(Licenses, BulkIssues):
    """Serves all RPCs of LicenseService."""
