"""Jobs: the long work of bulk issues."""

from collections.abc import Sequence
from typing import Any

from pingshan_kit.jobs import Job, JobHandler

from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.check_bulk_issue import CheckBulkIssue, check_bulk_issue
from pingshan_e_license.usecases.issuing.run_bulk_issue import RunBulkIssue, run_bulk_issue
from pingshan_e_license.usecases.job_kinds import CHECK_BULK_ISSUE, RUN_BULK_ISSUE, BulkIssueToWork


def handlers(deps: Dependencies) -> Sequence[JobHandler[Any]]:
    async def check(job: Job[BulkIssueToWork]) -> None:
        await check_bulk_issue(deps, CheckBulkIssue(job.payload.bulk_issue_id))

    async def run(job: Job[BulkIssueToWork]) -> None:
        await run_bulk_issue(deps, RunBulkIssue(job.payload.bulk_issue_id))

    return [JobHandler(CHECK_BULK_ISSUE, check), JobHandler(RUN_BULK_ISSUE, run)]
