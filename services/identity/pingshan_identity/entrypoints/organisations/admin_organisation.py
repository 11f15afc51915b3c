"""Pages of organisations, for the system administrator: their sections, and the roles that posts give."""

from pingshan_kit.auth import actor
from pingshan_ui import render
from pingshan_ui.environment import Said
from pingshan_values.errors import DomainError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.access import AdministrativeAct
from pingshan_identity.domain.errors import SectionInUse, SectionNameTaken, SectionNotFound
from pingshan_identity.entrypoints.admin_forms import uuid
from pingshan_identity.entrypoints.sessions.own_sessions import administrators_page
from pingshan_identity.entrypoints.shared import INVALID, page_with, sentences, typed_in
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.organisations.change_sections import ChangeSections, change_sections
from pingshan_identity.usecases.organisations.read_organisation import read_organisation


class AdminOrganisation:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/admin/organisation", administrators_page(self._tree, AdministrativeAct.READ_ORGANISATION)),
            Route("/admin/organisation/{code}", administrators_page(self._one, AdministrativeAct.READ_ORGANISATION)),
            Route(
                "/admin/organisation/{code}/sections",
                administrators_page(self._sections, AdministrativeAct.CHANGE_SECTIONS),
                methods=["POST"],
            ),
        ]

    async def _tree(self, request: Request) -> Response:
        view = await read_organisation(self._deps, actor(request), code=None)
        return render(request, "admin/organisation.html", view=view)

    async def _one(
        self, request: Request, *, error: DomainError | None = None, errors: list[tuple[str, Said]] | None = None
    ) -> Response:
        view = await read_organisation(self._deps, actor(request), code=request.path_params["code"][:100])
        typed = await typed_in(request)
        response = page_with(request, "admin/sections.html", error, form=typed, view=view, errors=errors or [])
        if errors:
            response.status_code = 422
        return response

    async def _sections(self, request: Request) -> Response:
        form, code = await request.form(), request.path_params["code"][:100]
        section = str(form.get("section_id", ""))
        try:
            command = ChangeSections(
                organisation=code,
                section_id=uuid(section) if section else None,
                name_zh=str(form.get("name_zh", "")),
                name_en=str(form.get("name_en", "")),
                close=form.get("act") == "close",
            )
            await change_sections(self._deps, actor(request), command)
        except INVALID as refused:
            return await self._one(request, errors=sentences(request, refused))
        except (SectionInUse, SectionNameTaken, SectionNotFound) as refused:
            return await self._one(request, error=refused)
        return RedirectResponse(f"/admin/organisation/{code}", 303)
