"""Jobs of e-license: the long work of bulk issues, and what runs by itself."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from pingshan_kit.jobs import Job, JobHandler, Periodic

from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.check_bulk_issue import CheckBulkIssue, check_bulk_issue
from pingshan_e_license.usecases.issuing.rotate_issuer_keys import rotate_issuer_keys
from pingshan_e_license.usecases.issuing.run_bulk_issue import RunBulkIssue, run_bulk_issue
from pingshan_e_license.usecases.job_kinds import CHECK_BULK_ISSUE, RUN_BULK_ISSUE, BulkIssueToWork


def handlers(deps: Dependencies) -> Sequence[JobHandler[Any]]:
    async def check(job: Job[BulkIssueToWork]) -> None:
        await check_bulk_issue(deps, CheckBulkIssue(job.payload.bulk_issue_id))

    async def run(job: Job[BulkIssueToWork]) -> None:
        await run_bulk_issue(deps, RunBulkIssue(job.payload.bulk_issue_id))

    return [JobHandler(CHECK_BULK_ISSUE, check), JobHandler(RUN_BULK_ISSUE, run)]


def periodic(deps: Dependencies) -> Sequence[Periodic]:
    """Returns what runs by itself."""
    return (Periodic("rotate-issuer-keys", timedelta(days=1), partial(rotate_issuer_keys, deps)),)
