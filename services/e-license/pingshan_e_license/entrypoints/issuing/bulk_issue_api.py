"""REST routes of bulk issues."""

from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import Annotated, BinaryIO, cast
from uuid import UUID

from fastapi import APIRouter, Query, Request, status
from pingshan_kit.http import PageSize, PageToken
from pydantic import BaseModel

from pingshan_e_license.domain.issuing.bulk_issue import BulkIssue, RefusedRow
from pingshan_e_license.entrypoints.issuing.refused_rows import faults_of
from pingshan_e_license.entrypoints.rest import Caller, RequestId
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.decide_bulk_issue import (
    CancelBulkIssue,
    StartBulkIssue,
    cancel_bulk_issue,
    start_bulk_issue,
)
from pingshan_e_license.usecases.issuing.read_bulk_issue import BulkIssueView, read_bulk_issue
from pingshan_e_license.usecases.issuing.upload_bulk_issue import UploadBulkIssue, upload_bulk_issue

_IN_MEMORY = 1024 * 1024
"""Bytes of a body beyond which it is kept on disk while it arrives."""


class FaultDocument(BaseModel):
    path: str
    sentence_zh: str
    sentence_en: str


class RefusedRowDocument(BaseModel):
    line: int
    faults: list[FaultDocument]


class BulkIssueDocument(BaseModel):
    bulk_issue_id: UUID
    type: str
    agency: str
    file_name: str
    state: str
    rows: int
    good: int
    issued: int
    refused: int
    uploaded_at: datetime
    ended_at: datetime | None


class BulkIssuePageDocument(BulkIssueDocument):
    refused_rows: list[RefusedRowDocument]
    next_page_token: str


def add_bulk_issues(api: APIRouter, deps: Dependencies) -> None:
    @api.post("/bulk-issues", operation_id="BulkIssueLicenses", status_code=status.HTTP_202_ACCEPTED)
    async def upload(
        request: Request,
        actor: Caller,
        request_id: RequestId,
        type: Annotated[str, Query(description="code of the licence type")],  # noqa: A002 - its name everywhere
        file_name: Annotated[str, Query(max_length=200)] = "",
        *,
        issue: Annotated[bool, Query(description="issue the good rows as soon as all are checked")] = False,
    ) -> BulkIssueDocument:
        """Takes a body in CSV, xlsx or JSON Lines."""
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
            async for chunk in request.stream():
                file.write(chunk)
            file.seek(0)
            content = cast("BinaryIO", file)  # it has all methods of one
            command = UploadBulkIssue(
                request_id=request_id, type=type, file_name=file_name, file=content, goes_on=issue
            )
            bulk_issue_id = await upload_bulk_issue(deps, actor, command)
        view = await read_bulk_issue(deps, actor, bulk_issue_id=bulk_issue_id)
        return _document(view.found)

    @api.get("/bulk-issues/{bulk_issue_id}", operation_id="GetBulkIssue")
    async def get(
        bulk_issue_id: UUID, actor: Caller, page_size: PageSize = 0, page_token: PageToken = ""
    ) -> BulkIssuePageDocument:
        view = await read_bulk_issue(
            deps, actor, bulk_issue_id=bulk_issue_id, page_size=page_size, page_token=page_token
        )
        return _page_document(view)

    @api.post("/bulk-issues/{bulk_issue_id}/start", operation_id="StartBulkIssue")
    async def start(bulk_issue_id: UUID, actor: Caller, _request_id: RequestId) -> BulkIssueDocument:
        await start_bulk_issue(deps, actor, StartBulkIssue(bulk_issue_id))
        return _document((await read_bulk_issue(deps, actor, bulk_issue_id=bulk_issue_id)).found)

    @api.post("/bulk-issues/{bulk_issue_id}/cancellation", operation_id="CancelBulkIssue")
    async def cancel(bulk_issue_id: UUID, actor: Caller, _request_id: RequestId) -> BulkIssueDocument:
        await cancel_bulk_issue(deps, actor, CancelBulkIssue(bulk_issue_id))
        return _document((await read_bulk_issue(deps, actor, bulk_issue_id=bulk_issue_id)).found)


def _document(found: BulkIssue) -> BulkIssueDocument:
    return BulkIssueDocument(
        bulk_issue_id=found.bulk_issue_id,
        type=found.type,
        agency=found.agency,
        file_name=found.file_name,
        state=found.state.value,
        rows=found.rows,
        good=found.good,
        issued=found.issued,
        refused=found.refused,
        uploaded_at=found.uploaded_at,
        ended_at=found.ended_at,
    )


def _page_document(view: BulkIssueView) -> BulkIssuePageDocument:
    rows = [_row_document(each) for each in view.refused.items]
    return BulkIssuePageDocument(
        **_document(view.found).model_dump(), refused_rows=rows, next_page_token=view.refused.next_page_token
    )


def _row_document(row: RefusedRow) -> RefusedRowDocument:
    faults = [FaultDocument(path=each.path, sentence_zh=each.zh, sentence_en=each.en) for each in faults_of(row)]
    return RefusedRowDocument(line=row.line, faults=faults)
