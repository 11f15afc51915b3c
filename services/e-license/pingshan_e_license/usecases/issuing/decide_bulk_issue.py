"""Starts the issue of a bulk issue's good rows, or stops it."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import audit_log, clock, jobs
from pingshan_values.actor import Actor

from pingshan_e_license.domain.issuing.bulk_issue import BulkState
from pingshan_e_license.store.issuing import bulk_issues
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.bulk_shared import own_bulk_issue
from pingshan_e_license.usecases.job_kinds import RUN_BULK_ISSUE, BulkIssueToWork


@dataclass(frozen=True, slots=True)
class StartBulkIssue:
    bulk_issue_id: UUID


@dataclass(frozen=True, slots=True)
class CancelBulkIssue:
    bulk_issue_id: UUID


async def start_bulk_issue(deps: Dependencies, actor: Actor, command: StartBulkIssue) -> None:
    """Orders the job that issues the good rows; does nothing where it runs or has run.

    Raises BulkIssueNotFound, BulkIssueNotOpen, and what `check_may_issue` raises.
    """
    bulk_issue_id = command.bulk_issue_id
    async with deps.database.begin() as tx:
        found, _ = await own_bulk_issue(tx, actor, bulk_issue_id, lock=True)
        if found.state in (BulkState.ISSUING, BulkState.ENDED):
            return
        found.check_may_start()
        await bulk_issues.change(tx, bulk_issue_id, state=BulkState.ISSUING, started_by=actor.id)
        await jobs.enqueue(tx, RUN_BULK_ISSUE, str(bulk_issue_id), BulkIssueToWork(bulk_issue_id=bulk_issue_id))
        details = {"type": found.type, "good": found.good, "refused": found.refused}
        await audit_log.append(tx, actor=actor, act="bulk_issue.started", subject=str(bulk_issue_id), details=details)


async def cancel_bulk_issue(deps: Dependencies, actor: Actor, command: CancelBulkIssue) -> None:
    """Stops it after the piece at work; what is issued stays issued. Does nothing where it was cancelled before.

    Raises BulkIssueNotFound, BulkIssueNotOpen, and what `check_may_issue` raises.
    """
    bulk_issue_id = command.bulk_issue_id
    async with deps.database.begin() as tx:
        found, _ = await own_bulk_issue(tx, actor, bulk_issue_id, lock=True)
        if found.state is BulkState.CANCELLED:
            return
        found.check_may_cancel()
        await bulk_issues.change(tx, bulk_issue_id, state=BulkState.CANCELLED, ended_at=clock.now())
        details = {"type": found.type, "issued": found.issued}
        await audit_log.append(tx, actor=actor, act="bulk_issue.cancelled", subject=str(bulk_issue_id), details=details)
