"""Pages of bulk issues: a file is uploaded, checked, and its good rows are issued; the bad ones come back as a file."""

from typing import BinaryIO
from uuid import UUID, uuid4

from pingshan_kit.auth import actor, protect
from pingshan_kit.sheets import MEDIA_TYPES, Format
from pingshan_ui import render
from pingshan_ui.environment import Said
from pingshan_values.sheet import REASONS as SHEET_REASONS
from pingshan_values.sheet import SheetUnreadable
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_e_license.domain.access import ISSUER
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.errors import BulkIssueNotOpen
from pingshan_e_license.domain.issuing.bulk_issue import REASONS, BulkFormat, BulkState, heads_of
from pingshan_e_license.entrypoints.inputs import uuid_of
from pingshan_e_license.entrypoints.issuing.refused_rows import faults, refused_lines, refused_sheet
from pingshan_e_license.entrypoints.shared import own_types
from pingshan_e_license.usecases.catalogue.get_license_type import get_license_type
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.decide_bulk_issue import (
    CancelBulkIssue,
    StartBulkIssue,
    cancel_bulk_issue,
    start_bulk_issue,
)
from pingshan_e_license.usecases.issuing.read_bulk_issue import list_bulk_issues, read_bulk_issue, read_refused_rows
from pingshan_e_license.usecases.issuing.upload_bulk_issue import UploadBulkIssue, upload_bulk_issue

STATES = {
    BulkState.RECEIVING: ("没有收全", "grey"),
    BulkState.CHECKING: ("正在核对", "yellow"),
    BulkState.CHECKED: ("等待颁发", "yellow"),
    BulkState.ISSUING: ("正在颁发", "yellow"),
    BulkState.ENDED: ("已办完", "green"),
    BulkState.CANCELLED: ("已停止", "grey"),
}
"""Message id and light of each state."""


class BulkIssuePages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        one = "/workspace/bulk/{bulk_issue_id:uuid}"
        self.routes: list[BaseRoute] = [
            Route("/workspace/bulk", protect(self._list, ISSUER), methods=["GET", "POST"]),
            Route("/workspace/bulk/template/{code}.{kind}", protect(self._template, ISSUER)),
            Route(one, protect(self._show, ISSUER)),
            Route(f"{one}/start", protect(self._start, ISSUER), methods=["POST"]),
            Route(f"{one}/cancel", protect(self._cancel, ISSUER), methods=["POST"]),
            Route(f"{one}/refused.{{kind}}", protect(self._refused, ISSUER)),
        ]

    async def _list(self, request: Request) -> Response:
        refused: SheetUnreadable | None = None
        chosen = request.query_params.get("type", "")
        if request.method == "POST":
            form = await request.form()
            chosen = str(form.get("type", ""))
            file = form.get("file")
            try:
                return await self._upload(request, chosen, file if isinstance(file, UploadFile) else None)
            except SheetUnreadable as error:
                refused = error
        types = [each for each in await own_types(self._deps, request) if each.is_issued_here]
        return render(
            request,
            "issuing/bulk_issues.html",
            status_code=422 if refused else 200,
            page=await list_bulk_issues(
                self._deps, actor(request), page_token=request.query_params.get("page_token", "")
            ),
            types=types,
            names={each.code: each for each in types},
            states=STATES,
            chosen=chosen,
            why=refused.params if refused else {},
            reason=_reason(request, refused) if refused else None,
            request_id=uuid4(),
        )

    async def _upload(self, request: Request, type_code: str, file: UploadFile | None) -> Response:
        if file is None or not file.size:
            raise SheetUnreadable(why="empty")
        given = (await request.form()).get("request_id", "")
        content: BinaryIO = file.file
        command = UploadBulkIssue(
            request_id=uuid_of(str(given), "request_id"), type=type_code, file_name=file.filename or "", file=content
        )
        bulk_issue_id = await upload_bulk_issue(self._deps, actor(request), command)
        return RedirectResponse(f"/workspace/bulk/{bulk_issue_id}", 303)

    async def _template(self, request: Request) -> Response:
        license_type = await get_license_type(self._deps, code=request.path_params["code"])
        kind = _kind(request)
        return await self._download([_example(license_type)], kind, license_type.code)

    async def _show(self, request: Request) -> Response:
        return await self._page(request, None)

    async def _page(self, request: Request, error: BulkIssueNotOpen | None) -> Response:
        view = await read_bulk_issue(
            self._deps,
            actor(request),
            bulk_issue_id=_id(request),
            page_token=request.query_params.get("page_token", ""),
        )
        return render(
            request,
            "issuing/bulk_issue.html",
            status_code=409 if error else 200,
            view=view,
            state=STATES[view.found.state],
            faults=faults,
            error=error,
        )

    async def _start(self, request: Request) -> Response:
        try:
            await start_bulk_issue(self._deps, actor(request), StartBulkIssue(_id(request)))
        except BulkIssueNotOpen as error:
            return await self._page(request, error)
        return RedirectResponse(f"/workspace/bulk/{_id(request)}", 303)

    async def _cancel(self, request: Request) -> Response:
        try:
            await cancel_bulk_issue(self._deps, actor(request), CancelBulkIssue(_id(request)))
        except BulkIssueNotOpen as error:
            return await self._page(request, error)
        return RedirectResponse(f"/workspace/bulk/{_id(request)}", 303)

    async def _refused(self, request: Request) -> Response:
        found, license_type, rows = await read_refused_rows(self._deps, actor(request), bulk_issue_id=_id(request))
        spoken = request.state.language
        if found.format is BulkFormat.JSON_LINES:
            headers = {"Content-Disposition": 'attachment; filename="refused.jsonl"'}
            return Response(refused_lines(license_type, rows, spoken), headers=headers, media_type="application/jsonl")
        return await self._download(refused_sheet(found, license_type, rows, spoken), _kind(request), "refused")

    async def _download(self, rows: list[list[str]], kind: Format, name: str) -> Response:
        headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
        return Response(await self._deps.sheets.write(rows, kind), headers=headers, media_type=MEDIA_TYPES[kind])


def _id(request: Request) -> UUID:
    found: UUID = request.path_params["bulk_issue_id"]
    return found


def _kind(request: Request) -> Format:
    return "csv" if request.path_params["kind"] == "csv" else "xlsx"


def _example(license_type: LicenseType) -> list[str]:
    return [each.zh for each in heads_of(license_type)]


def _reason(request: Request, refused: SheetUnreadable) -> Said | None:
    why = str(refused.params.get("why"))
    found = REASONS.get(why) or SHEET_REASONS.get(why)
    return Said(request, found.in_language) if found else None
