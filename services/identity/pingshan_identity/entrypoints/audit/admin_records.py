"""Pages of the record of acts, for the auditor: search, sheet, and verification of the chain."""

from datetime import date
from typing import Any

from pingshan_kit.auth import actor
from pingshan_kit.errors import NotFound
from pingshan_ui import render
from pingshan_values.shanghai import begin_of, day_after
from pingshan_values.text import is_storable
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.access import AdministrativeAct
from pingshan_identity.domain.audit.audit_search import AuditSearch
from pingshan_identity.entrypoints.sessions.own_sessions import administrators_page
from pingshan_identity.usecases.audit.export_records import ExportRecords, export_records
from pingshan_identity.usecases.audit.search_records import search_records
from pingshan_identity.usecases.audit.verify_records import verify_records
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sheets import MEDIA_TYPES, MOST_ROWS, sheet_of


class AdminRecords:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/admin/records", administrators_page(self._search, AdministrativeAct.SEARCH_RECORDS)),
            Route("/admin/records.{kind}", administrators_page(self._export, AdministrativeAct.EXPORT_RECORDS)),
            Route(
                "/admin/records/verify",
                administrators_page(self._verify, AdministrativeAct.VERIFY_RECORDS),
                methods=["POST"],
            ),
        ]

    async def _search(self, request: Request) -> Response:
        before = request.query_params.get("before", "")
        search = search_of(request)
        page = await search_records(
            self._deps,
            actor(request),
            search=search,
            before=int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None,
        )
        context: dict[str, Any] = {"page": page, "search": search, "asked": request.query_params}
        return render(request, "admin/records.html", most_exported=MOST_ROWS, **context)

    async def _export(self, request: Request) -> Response:
        kind = request.path_params["kind"]
        if kind not in MEDIA_TYPES:
            raise NotFound
        rows = await export_records(self._deps, actor(request), ExportRecords(search_of(request)))
        headers = {"Content-Disposition": f'attachment; filename="records.{kind}"'}
        return Response(await sheet_of(self._deps, rows, kind), headers=headers, media_type=MEDIA_TYPES[kind])

    async def _verify(self, request: Request) -> Response:
        await verify_records(self._deps, actor(request))
        return RedirectResponse("/admin/records", 303)


def search_of(request: Request) -> AuditSearch:
    query = request.query_params
    since, until = _day(query.get("since", "")), _day(query.get("until", ""))
    return AuditSearch(
        person=_text(query.get("person", "")),
        act=_text(query.get("act", "")),
        refused_only=query.get("result") == "refused",
        system=_text(query.get("system", "")),
        trace=_text(query.get("trace", "")).replace(" ", "").lower(),
        since=begin_of(since) if since else None,
        until=begin_of(day_after(until)) if until else None,
    )


def _text(given: str) -> str:
    return "".join(filter(is_storable, given.strip()[:100]))


def _day(text: str) -> date | None:
    """Returns a day; None for any other text."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
