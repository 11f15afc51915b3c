"""Pages of the catalogue."""

from pingshan_kit.auth import actor
from pingshan_ui import render
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pingshan_e_license.domain.access import may_issue_by_hand
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.usecases.catalogue.get_license_type import get_license_type
from pingshan_e_license.usecases.catalogue.list_agencies import list_agencies
from pingshan_e_license.usecases.catalogue.list_license_types import list_license_types
from pingshan_e_license.usecases.dependencies import Dependencies


class CataloguePages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/catalogue", self.catalogue),
            Route("/catalogue/{code}", self.license_type),
        ]

    async def catalogue(self, request: Request) -> Response:
        query = request.query_params
        agencies = await list_agencies(self._deps)
        page = await list_license_types(
            self._deps,
            agency=query.get("agency", ""),
            text=query.get("q", ""),
            page_token=query.get("page_token", ""),
        )
        return render(request, "catalogue/catalogue.html", page=page, agencies=agencies, query=query)

    async def license_type(self, request: Request) -> Response:
        found = await get_license_type(self._deps, code=request.path_params["code"])
        agencies = await list_agencies(self._deps)
        prerequisites = await self._prerequisites(found)
        return render(
            request,
            "catalogue/license_type.html",
            type=found,
            agency=agencies[found.agency],
            prerequisites=prerequisites,
            may_issue=may_issue_by_hand(actor(request), found),
        )

    async def _prerequisites(self, license_type: LicenseType) -> list[LicenseType]:
        codes = license_type.prerequisites
        return [await get_license_type(self._deps, code=code) for code in codes]
