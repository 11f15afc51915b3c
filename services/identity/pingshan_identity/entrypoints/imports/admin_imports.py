"""Pages of imports of staff from sheets, with a preview; a sheet with an error column can be downloaded."""

from typing import Any

from pingshan_kit.auth import actor
from pingshan_kit.paging import PAGE_SIZE
from pingshan_ui import render
from pingshan_ui.environment import Said
from pingshan_values.errors import DomainError
from pingshan_values.sheet import REASONS, SheetUnreadable
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.access import AdministrativeAct
from pingshan_identity.domain.errors import ImportNotFound
from pingshan_identity.domain.imports.import_sheet import EXAMPLE, HEADS
from pingshan_identity.entrypoints.sessions.own_sessions import administrators_page
from pingshan_identity.entrypoints.shared import page_with, sheet_download, sheet_kind
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.imports.decide_import import DecideImport, decide_import
from pingshan_identity.usecases.imports.list_imports import MOST_IMPORTS, list_imports
from pingshan_identity.usecases.imports.read_import import read_import
from pingshan_identity.usecases.imports.take_import_passwords import TakeImportPasswords, take_import_passwords
from pingshan_identity.usecases.imports.upload_import import UploadImport, upload_import


class AdminImports:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        one = "/admin/imports/{import_id:uuid}"
        self.routes: list[BaseRoute] = [
            Route(
                "/admin/imports",
                administrators_page(self._list, AdministrativeAct.LIST_IMPORTS),
                methods=["GET", "POST"],
            ),
            Route(
                "/admin/imports/template.{kind}", administrators_page(self._template, AdministrativeAct.UPLOAD_IMPORT)
            ),
            Route(one, administrators_page(self._show, AdministrativeAct.READ_IMPORT)),
            Route(f"{one}/errors.{{kind}}", administrators_page(self._errors, AdministrativeAct.READ_IMPORT)),
            Route(
                f"{one}/decide", administrators_page(self._decide, AdministrativeAct.DECIDE_IMPORT), methods=["POST"]
            ),
            Route(
                f"{one}/passwords",
                administrators_page(self._passwords, AdministrativeAct.TAKE_IMPORT_PASSWORDS),
                methods=["POST"],
            ),
        ]

    async def _list(self, request: Request) -> Response:
        error: DomainError | None = None
        if request.method == "POST":
            try:
                return await self._upload(request)
            except SheetUnreadable as refused:
                error = refused
        found = await list_imports(self._deps, actor(request))
        why = error.params if error else {}
        reason = REASONS.get(str(why.get("why")))
        said = Said(request, reason.in_language) if reason else ""
        context: dict[str, Any] = {"imports": found, "most": MOST_IMPORTS, "why": why, "reason": said}
        return page_with(request, "admin/imports.html", error, **context)

    async def _upload(self, request: Request) -> Response:
        sheet = (await request.form()).get("sheet")
        if not isinstance(sheet, UploadFile):
            raise SheetUnreadable(why="empty")
        command = UploadImport(file_name=sheet.filename or "", content=await sheet.read())
        import_id = await upload_import(self._deps, actor(request), command)
        return RedirectResponse(f"/admin/imports/{import_id}", 303)

    async def _template(self, request: Request) -> Response:
        return await sheet_download(self._deps, [HEADS, EXAMPLE], sheet_kind(request), "people")

    async def _show(self, request: Request) -> Response:
        view = await read_import(self._deps, actor(request), import_id=request.path_params["import_id"])
        wrong = request.query_params.get("wrong") == "true"
        number = request.query_params.get("page", "1")
        page = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else 1
        rows = [(line, row) for line, row in enumerate(view.rows, 2) if not (wrong and row.is_good)]
        shown = rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        more = len(rows) > page * PAGE_SIZE
        return render(request, "admin/import.html", view=view, rows=shown, page=page, more=more, wrong=wrong)

    async def _errors(self, request: Request) -> Response:
        view = await read_import(self._deps, actor(request), import_id=request.path_params["import_id"])
        if not view.rows:
            raise ImportNotFound
        return await sheet_download(self._deps, view.with_errors(request.state.language), sheet_kind(request), "errors")

    async def _decide(self, request: Request) -> Response:
        import_id = request.path_params["import_id"]
        apply = (await request.form()).get("decision") == "apply"
        await decide_import(self._deps, actor(request), DecideImport(import_id, apply))
        return RedirectResponse(f"/admin/imports/{import_id}", 303)

    async def _passwords(self, request: Request) -> Response:
        command = TakeImportPasswords(request.path_params["import_id"])
        rows = await take_import_passwords(self._deps, actor(request), command)
        return await sheet_download(self._deps, rows, "xlsx", "passwords")
