"""Reads bulk issues, and their refused rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from pingshan_kit.paging import Page, checked_size, checked_token, cut
from pingshan_values.actor import Actor

from pingshan_e_license.domain.access import ISSUER
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.errors import NotAllowed
from pingshan_e_license.domain.issuing.bulk_issue import BulkIssue, RefusedRow
from pingshan_e_license.store.issuing import bulk_issues
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.bulk_shared import own_bulk_issue

MOST_REFUSED = 5_000
"""Refused rows of one download."""


@dataclass(frozen=True, slots=True)
class BulkIssueView:
    found: BulkIssue
    type: LicenseType
    refused: Page[RefusedRow] = field(repr=False)


async def read_bulk_issue(
    deps: Dependencies, actor: Actor, *, bulk_issue_id: UUID, page_size: int = 0, page_token: str = ""
) -> BulkIssueView:
    """Returns the bulk issue with a page of its refused rows.

    Raises BulkIssueNotFound, InvalidRequest for a wrong page size or token, and what `check_may_issue` raises.
    """
    size = checked_size(page_size)
    after = checked_token(page_token, _line) or 0
    async with deps.database.read() as tx:
        found, license_type = await own_bulk_issue(tx, actor, bulk_issue_id)
        rows = await bulk_issues.refused_rows(tx, deps.personal, bulk_issue_id, after=after, limit=size + 1)
    return BulkIssueView(found, license_type, cut(rows, size, lambda each: each.line))


async def read_refused_rows(
    deps: Dependencies, actor: Actor, *, bulk_issue_id: UUID
) -> tuple[BulkIssue, LicenseType, Sequence[RefusedRow]]:
    """Returns the bulk issue, its type, and its first 5,000 refused rows. Raises as `read_bulk_issue`."""
    async with deps.database.read() as tx:
        found, license_type = await own_bulk_issue(tx, actor, bulk_issue_id)
        rows = await bulk_issues.refused_rows(tx, deps.personal, bulk_issue_id, after=0, limit=MOST_REFUSED)
    return found, license_type, rows


async def list_bulk_issues(deps: Dependencies, actor: Actor, *, page_token: str = "") -> Page[BulkIssue]:
    """Returns a page of the agency's bulk issues, the newest first. Raises NotAllowed, InvalidRequest."""
    if not actor.has(ISSUER) or actor.organisation is None:
        raise NotAllowed
    size, before = checked_size(0), checked_token(page_token, UUID)
    async with deps.database.read() as tx:
        found = await bulk_issues.page(tx, actor.organisation, before=before, limit=size + 1)
    return cut(found, size, lambda each: each.bulk_issue_id)


def _line(text: str) -> int:
    line = int(text)
    if line < 1:
        raise ValueError(text)
    return line
