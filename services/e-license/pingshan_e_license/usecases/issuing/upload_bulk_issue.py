"""Takes in a file of licences, row by row; nothing is issued yet unless that is asked for."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from typing import BinaryIO
from uuid import UUID

from pingshan_kit import clock, idempotency, jobs
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from pingshan_values.errors import DomainError
from pingshan_values.sheet import SheetUnreadable
from pingshan_values.text import one_line

from pingshan_e_license.clients.bulk_files import format_of, pieces
from pingshan_e_license.domain.access import check_may_issue
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.issuing.bulk_issue import MOST_ROWS, BulkFormat, BulkIssue, BulkState, Row, columns
from pingshan_e_license.store.issuing import bulk_issues
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.bulk_shared import type_of
from pingshan_e_license.usecases.job_kinds import CHECK_BULK_ISSUE, BulkIssueToWork


@dataclass(frozen=True, slots=True)
class UploadBulkIssue:
    request_id: UUID
    type: str
    file_name: str
    file: BinaryIO = field(repr=False)
    goes_on: bool = False
    """Whether the good rows are issued as soon as all are checked."""


async def upload_bulk_issue(deps: Dependencies, actor: Actor, command: UploadBulkIssue) -> UUID:
    """Returns the id of the bulk issue, whose rows a job checks; the same request id gives the first one's.

    Rows are committed as they come, and the job with the last of them: a file of which a part was lost on the way
    stays unissued. Raises SheetUnreadable, LicenseTypeUnknown, and what `check_may_issue` raises; Unavailable where
    too many sheets are read already; RequestIdReused.
    """
    async with deps.database.read() as tx:
        license_type = await type_of(tx, command.type)
    check_may_issue(actor, license_type, "")
    bulk_issue_id = uuid7()
    try:
        count = await _take_in(deps, actor, command, license_type, bulk_issue_id)
        return await _release(deps, actor, command, bulk_issue_id, count)
    except DomainError:
        async with deps.database.begin() as tx:
            await bulk_issues.remove(tx, bulk_issue_id)
        raise


async def _take_in(
    deps: Dependencies, actor: Actor, command: UploadBulkIssue, license_type: LicenseType, bulk_issue_id: UUID
) -> int:
    """Keeps all rows, and returns their number."""
    kind = format_of(command.file)
    heads: list[str] | None = [] if kind is BulkFormat.JSON_LINES else None
    count = 0
    async for piece in pieces(deps.sheets, command.file, kind):
        rows = [Row(number, cells) for number, cells in piece]
        if heads is None:
            heads, rows = list(rows[0].cells), rows[1:]
            columns(license_type, heads)
        async with deps.database.begin() as tx:
            if not count and rows:
                await bulk_issues.add(tx, _received(actor, command, license_type, bulk_issue_id, kind, heads))
            await bulk_issues.add_rows(tx, deps.personal, bulk_issue_id, rows)
        count += len(rows)
    if not count:
        raise SheetUnreadable(why="empty")
    if count > MOST_ROWS:
        raise SheetUnreadable(why="too-many-rows")
    return count


async def _release(deps: Dependencies, actor: Actor, command: UploadBulkIssue, bulk_issue_id: UUID, count: int) -> UUID:
    """Hands the rows over to the job, unless an earlier upload had this request id."""
    digest = await asyncio.to_thread(_digest, command.file)
    request = {"bulk_issue": command.type, "content": digest, "goes_on": command.goes_on}
    async with deps.database.begin() as tx:
        earlier = await idempotency.replay(tx, caller=actor.id, request_id=command.request_id, request=request)
        if earlier is not None:
            await bulk_issues.remove(tx, bulk_issue_id)
            return UUID(earlier["bulk_issue_id"])
        await bulk_issues.change(tx, bulk_issue_id, state=BulkState.CHECKING, rows=count)
        await jobs.enqueue(tx, CHECK_BULK_ISSUE, str(bulk_issue_id), BulkIssueToWork(bulk_issue_id=bulk_issue_id))
        response = {"bulk_issue_id": str(bulk_issue_id)}
        await idempotency.remember(tx, caller=actor.id, request_id=command.request_id, response=response)
    return bulk_issue_id


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(1024 * 1024):
        digest.update(piece)
    return digest.hexdigest()


def _received(
    actor: Actor,
    command: UploadBulkIssue,
    license_type: LicenseType,
    bulk_issue_id: UUID,
    kind: BulkFormat,
    heads: list[str],
) -> BulkIssue:
    return BulkIssue(
        bulk_issue_id=bulk_issue_id,
        type=license_type.code,
        agency=license_type.agency,
        file_name=one_line(command.file_name)[:200],
        format=kind,
        heads=heads,
        uploaded_by=actor.id,
        uploaded_at=clock.now(),
        state=BulkState.RECEIVING,
        goes_on=command.goes_on,
        rows=0,
        good=0,
        issued=0,
        refused=0,
        started_by=actor.id if command.goes_on else "",
        ended_at=None,
    )
