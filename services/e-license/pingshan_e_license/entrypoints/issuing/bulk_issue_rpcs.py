"""The RPCs of LicenseService that issue licences in bulk."""

import json
from collections.abc import AsyncIterator
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

import grpc
from pingshan.e_license.v1 import bulk_issue_pb2, license_pb2_grpc
from pingshan_kit import rpc
from pingshan_values.sheet import SheetUnreadable

from pingshan_e_license.domain.issuing.bulk_issue import MOST_BYTES, BulkIssue, BulkState, RefusedRow
from pingshan_e_license.entrypoints.inputs import attributes_of_struct, uuid_of
from pingshan_e_license.entrypoints.issuing.refused_rows import faults_of
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.decide_bulk_issue import (
    CancelBulkIssue,
    StartBulkIssue,
    cancel_bulk_issue,
    start_bulk_issue,
)
from pingshan_e_license.usecases.issuing.read_bulk_issue import read_bulk_issue
from pingshan_e_license.usecases.issuing.upload_bulk_issue import UploadBulkIssue, upload_bulk_issue

_Context = grpc.aio.ServicerContext[Any, Any]
_IN_MEMORY = 1024 * 1024
"""Bytes of a stream beyond which it is kept on disk while it arrives."""
_STATES = {
    BulkState.RECEIVING: bulk_issue_pb2.BULK_ISSUE_STATE_RECEIVING,
    BulkState.CHECKING: bulk_issue_pb2.BULK_ISSUE_STATE_CHECKING,
    BulkState.CHECKED: bulk_issue_pb2.BULK_ISSUE_STATE_CHECKED,
    BulkState.ISSUING: bulk_issue_pb2.BULK_ISSUE_STATE_ISSUING,
    BulkState.ENDED: bulk_issue_pb2.BULK_ISSUE_STATE_ENDED,
    BulkState.CANCELLED: bulk_issue_pb2.BULK_ISSUE_STATE_CANCELLED,
}


class BulkIssues(license_pb2_grpc.LicenseServiceServicer):
    """Is the part of the servicer that issues in bulk; `Licenses` adds the rest."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def BulkIssueLicenses(  # noqa: N802
        self, request_iterator: AsyncIterator[bulk_issue_pb2.BulkIssueLicensesRequest], _context: _Context
    ) -> bulk_issue_pb2.BulkIssueLicensesResponse:
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
            first = await _written(request_iterator, cast("BinaryIO", file))
            command = UploadBulkIssue(
                request_id=uuid_of(first.request_id, "request_id"),
                type=first.type,
                file_name=first.file_name,
                file=cast("BinaryIO", file),
                goes_on=first.issue,
            )
            bulk_issue_id = await upload_bulk_issue(self._deps, rpc.actor(), command)
        view = await read_bulk_issue(self._deps, rpc.actor(), bulk_issue_id=bulk_issue_id)
        return bulk_issue_pb2.BulkIssueLicensesResponse(bulk_issue=_message(view.found))

    async def GetBulkIssue(  # noqa: N802
        self, request: bulk_issue_pb2.GetBulkIssueRequest, _context: _Context
    ) -> bulk_issue_pb2.GetBulkIssueResponse:
        view = await read_bulk_issue(
            self._deps,
            rpc.actor(),
            bulk_issue_id=uuid_of(request.bulk_issue_id, "bulk_issue_id"),
            page_size=request.page_size,
            page_token=request.page_token,
        )
        return bulk_issue_pb2.GetBulkIssueResponse(
            bulk_issue=_message(view.found),
            refused_rows=[_refused_row(each) for each in view.refused.items],
            next_page_token=view.refused.next_page_token,
        )

    async def StartBulkIssue(  # noqa: N802
        self, request: bulk_issue_pb2.StartBulkIssueRequest, _context: _Context
    ) -> bulk_issue_pb2.StartBulkIssueResponse:
        uuid_of(request.request_id, "request_id")
        bulk_issue_id = uuid_of(request.bulk_issue_id, "bulk_issue_id")
        await start_bulk_issue(self._deps, rpc.actor(), StartBulkIssue(bulk_issue_id))
        view = await read_bulk_issue(self._deps, rpc.actor(), bulk_issue_id=bulk_issue_id)
        return bulk_issue_pb2.StartBulkIssueResponse(bulk_issue=_message(view.found))

    async def CancelBulkIssue(  # noqa: N802
        self, request: bulk_issue_pb2.CancelBulkIssueRequest, _context: _Context
    ) -> bulk_issue_pb2.CancelBulkIssueResponse:
        uuid_of(request.request_id, "request_id")
        bulk_issue_id = uuid_of(request.bulk_issue_id, "bulk_issue_id")
        await cancel_bulk_issue(self._deps, rpc.actor(), CancelBulkIssue(bulk_issue_id))
        view = await read_bulk_issue(self._deps, rpc.actor(), bulk_issue_id=bulk_issue_id)
        return bulk_issue_pb2.CancelBulkIssueResponse(bulk_issue=_message(view.found))


async def _written(
    messages: AsyncIterator[bulk_issue_pb2.BulkIssueLicensesRequest], file: BinaryIO
) -> bulk_issue_pb2.BulkIssueLicensesRequest:
    """Writes all rows as JSON Lines, and returns the first message."""
    first: bulk_issue_pb2.BulkIssueLicensesRequest | None = None
    async for message in messages:
        first = first or message
        for row in message.rows:
            file.write(json.dumps(_object(row), ensure_ascii=False).encode() + b"\n")
        if file.tell() > MOST_BYTES:
            raise SheetUnreadable(why="too-large")
    if first is None:
        raise SheetUnreadable(why="empty")
    file.seek(0)
    return first


def _object(row: bulk_issue_pb2.BulkIssueRow) -> dict[str, Any]:
    names = ("serial_number", "holder_name", "holder_code", "holder_code_type", "effective_on", "expires_on")
    return {name: getattr(row, name) for name in names} | {"attributes": attributes_of_struct(row.attributes)}


def _message(found: BulkIssue) -> bulk_issue_pb2.BulkIssue:
    message = bulk_issue_pb2.BulkIssue(
        bulk_issue_id=str(found.bulk_issue_id),
        type=found.type,
        agency=found.agency,
        file_name=found.file_name,
        state=_STATES[found.state],
        rows=found.rows,
        good=found.good,
        issued=found.issued,
        refused=found.refused,
    )
    message.upload_time.FromDatetime(found.uploaded_at)
    if found.ended_at is not None:
        message.end_time.FromDatetime(found.ended_at)
    return message


def _refused_row(row: RefusedRow) -> bulk_issue_pb2.RefusedRow:
    return bulk_issue_pb2.RefusedRow(
        line=row.line,
        faults=[
            bulk_issue_pb2.RowFault(path=each.path, sentence_zh=each.zh, sentence_en=each.en) for each in faults_of(row)
        ],
    )
