"""The jobs of this service: what each carries, and how many run at a time."""

from uuid import UUID

from pingshan_kit.jobs import JobKind
from pydantic import BaseModel


class BulkIssueToWork(BaseModel):
    bulk_issue_id: UUID


CHECK_BULK_ISSUE = JobKind("check-bulk-issue", BulkIssueToWork, concurrency=2)
RUN_BULK_ISSUE = JobKind("run-bulk-issue", BulkIssueToWork, concurrency=1)
"""One at a time: a second one would only halve the pace of the first, and of what is asked at the counter."""
