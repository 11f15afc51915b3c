"""Pages of imports of staff from sheets, with a preview; a sheet with an error column can be downloaded."""

from collections.abc import Iterable, Sequence

from pingshan_kit.auth import actor
from pingshan_ui import render
from pingshan_values.errors import DomainError
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.access import SYSTEM_ADMINISTRATOR
from pingshan_identity.domain.errors import ImportNotFound, SheetUnreadable
from pingshan_identity.domain.people.import_sheet import EXAMPLE, HEADS
from pingshan_identity.domain.people.staff_filter import StaffFilter
from pingshan_identity.entrypoints.sessions.own_sessions import own_page
from pingshan_identity.entrypoints.shared import page_with
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.people.decide_import import DecideImport, decide_import
from pingshan_identity.usecases.people.export_people import ExportPeople, export_people
from pingshan_identity.usecases.people.list_imports import list_imports
from pingshan_identity.usecases.people.read_import import read_import
from pingshan_identity.usecases.people.take_import_passwords import TakeImportPasswords, take_import_passwords
from pingshan_identity.usecases.people.upload_import import UploadImport, upload_import
from pingshan_identity.usecases.sheets import MEDIA_TYPES, Format, sheet_of

PAGE_SIZE = 50


class AdminImports:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        one = "/admin/imports/{import_id:uuid}"
        self.routes: list[BaseRoute] = [
            Route("/admin/imports", own_page(self._list, SYSTEM_ADMINISTRATOR), methods=["GET", "POST"]),
            Route("/admin/imports/template.{kind}", own_page(self._template, SYSTEM_ADMINISTRATOR)),
            Route(one, own_page(self._show, SYSTEM_ADMINISTRATOR)),
            Route(f"{one}/errors.{{kind}}", own_page(self._errors, SYSTEM_ADMINISTRATOR)),
            Route(f"{one}/decide", own_page(self._decide, SYSTEM_ADMINISTRATOR), methods=["POST"]),
            Route(f"{one}/passwords", own_page(self._passwords, SYSTEM_ADMINISTRATOR), methods=["POST"]),
            Route("/admin/people.{kind}", own_page(self._export, SYSTEM_ADMINISTRATOR)),
        ]

    async def _list(self, request: Request) -> Response:
        error: DomainError | None = None
        if request.method == "POST":
            try:
                return await self._upload(request)
            except SheetUnreadable as refused:
                error = refused
        found = await list_imports(self._deps, actor(request))
        return page_with(request, "admin/imports.html", error, imports=found, why=error.params if error else {})

    async def _upload(self, request: Request) -> Response:
        sheet = (await request.form()).get("sheet")
        if not isinstance(sheet, UploadFile):
            raise SheetUnreadable(why="empty")
        command = UploadImport(file_name=sheet.filename or "", content=await sheet.read())
        import_id = await upload_import(self._deps, actor(request), command)
        return RedirectResponse(f"/admin/imports/{import_id}", 303)

    async def _template(self, request: Request) -> Response:
        return _download([HEADS, EXAMPLE], _kind(request), "people")

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
        return _download(view.with_errors(), _kind(request), "errors")

    async def _decide(self, request: Request) -> Response:
        import_id = request.path_params["import_id"]
        apply = (await request.form()).get("decision") == "apply"
        await decide_import(self._deps, actor(request), DecideImport(import_id, apply))
        return RedirectResponse(f"/admin/imports/{import_id}", 303)

    async def _passwords(self, request: Request) -> Response:
        command = TakeImportPasswords(request.path_params["import_id"])
        rows = await take_import_passwords(self._deps, actor(request), command)
        return _download(rows, "xlsx", "passwords")

    async def _export(self, request: Request) -> Response:
        query = request.query_params
        wanted = StaffFilter(query.get("organisation", "")[:100], query.get("post", "")[:100], query.get("state", ""))
        rows = await export_people(self._deps, actor(request), ExportPeople(wanted))
        return _download(rows, _kind(request), "people")


def _kind(request: Request) -> Format:
    return "csv" if request.path_params["kind"] == "csv" else "xlsx"


def _download(rows: Iterable[Sequence[str]], kind: Format, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return Response(sheet_of(rows, kind), headers=headers, media_type=MEDIA_TYPES[kind])
