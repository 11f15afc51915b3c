"""Checks the rows of a bulk issue, some hundred in a transaction; a kill only means that some are checked again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import jobs
from pingshan_kit.fair import in_turns
from pingshan_values.actor import Actor
from pingshan_values.errors import DomainError
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.issuing.bulk_issue import BulkIssue, BulkState, Outcome, Row, RowState
from pingshan_e_license.store.issuing import bulk_issues
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.bulk_shared import ContentOf, content_of, orderer, type_of
from pingshan_e_license.usecases.issuing.order import check_order, order_of
from pingshan_e_license.usecases.job_kinds import RUN_BULK_ISSUE, BulkIssueToWork

_PIECE = 300


@dataclass(frozen=True, slots=True)
class CheckBulkIssue:
    bulk_issue_id: UUID


async def check_bulk_issue(deps: Dependencies, command: CheckBulkIssue) -> None:
    """Marks each row as good or refused, then waits for the order to issue, or goes on where that was asked for.

    Whether serial numbers are free and prerequisites are met shows when a row is issued.
    """
    while await _check_some(deps, command.bulk_issue_id):
        pass


async def _check_some(deps: Dependencies, bulk_issue_id: UUID) -> bool:
    """Returns whether there may be more to check."""
    async with deps.database.begin() as tx:
        found = await bulk_issues.get(tx, bulk_issue_id, lock=True)
        if found is None or found.state is not BulkState.CHECKING:
            return False
        rows = await bulk_issues.rows_in(tx, deps.personal, bulk_issue_id, RowState.WAITING, _PIECE)
        if not rows:
            await _end(tx, found)
            return False
        license_type = await type_of(tx, found.type)
        outcomes = await in_turns(_checked(deps, orderer(found), license_type, content_of(found, license_type), rows))
        await bulk_issues.settle(tx, deps.personal, bulk_issue_id, outcomes)
        good = sum(each.state is RowState.GOOD for each in outcomes)
        refused = found.refused + len(outcomes) - good
        await bulk_issues.change(tx, bulk_issue_id, good=found.good + good, refused=refused)
    return True


async def _end(tx: AsyncConnection, found: BulkIssue) -> None:
    state = BulkState.ISSUING if found.goes_on else BulkState.CHECKED
    await bulk_issues.change(tx, found.bulk_issue_id, state=state)
    if found.goes_on:
        payload = BulkIssueToWork(bulk_issue_id=found.bulk_issue_id)
        await jobs.enqueue(tx, RUN_BULK_ISSUE, str(found.bulk_issue_id), payload)


def _checked(
    deps: Dependencies, actor: Actor, license_type: LicenseType, read: ContentOf, rows: Sequence[Row]
) -> Iterator[Outcome]:
    for row in rows:
        try:
            check_order(order_of(deps, actor, read(row.cells), license_type))
        except DomainError as error:
            yield Outcome(row.line, RowState.REFUSED, error=error)
        else:
            yield Outcome(row.line, RowState.GOOD)
