"""Pages of an agency's licences, of one licence, and of those that a person holds."""

from collections.abc import Mapping
from functools import partial
from uuid import uuid4

from pingshan_kit.auth import actor, protect
from pingshan_ui import render
from pingshan_ui.environment import Again, language
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_e_license.domain.access import ISSUER
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.identifier import qr_text
from pingshan_e_license.entrypoints.shared import (
    FIXABLE,
    Errors,
    errors_of,
    filled_of,
    license_id_of,
    request_id_of,
    views,
)
from pingshan_e_license.entrypoints.views import LicenseView, timeline
from pingshan_e_license.usecases.catalogue.list_license_types import list_license_types
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.life_cycle.get_license import get_license
from pingshan_e_license.usecases.life_cycle.list_my_licenses import list_my_licenses
from pingshan_e_license.usecases.life_cycle.reveal_license import RevealLicense, reveal_license
from pingshan_e_license.usecases.life_cycle.revoke_license import RevokeLicense, revoke_license
from pingshan_e_license.usecases.life_cycle.search_licenses import search_licenses
from pingshan_e_license.usecases.life_cycle.shared import LicenseFile

_ALL_TYPES = 200


class LicensePages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/workspace", protect(self.workspace, ISSUER), methods=["GET", "POST"]),
            Route("/licenses/{license_id}", protect(self.license)),
            Route("/licenses/{license_id}/reveal", protect(self.reveal), methods=["POST"]),
            Route("/licenses/{license_id}/revoke", protect(self.revoke, ISSUER, level=2), methods=["POST"]),
            Route("/mine", protect(self.mine)),
        ]

    async def workspace(self, request: Request) -> Response:
        """Lists the agency's licences; a holder's code arrives by POST, which keeps it out of addresses."""
        filled = await filled_of(request)
        page = await search_licenses(
            self._deps,
            actor(request),
            holder_code=filled.get("holder_code", "").strip().upper(),
            type_code=filled.get("type", ""),
            page_token=filled.get("page_token", ""),
        )
        types = await self._own_types(request)
        asked = [(name, filled[name]) for name in ("holder_code", "type", "page_token") if name in filled]
        again = Again("/workspace", asked) if request.method == "POST" else None
        return render(
            request, "life_cycle/workspace.html", page=views(request, page), types=types, filled=filled, again=again
        )

    async def license(self, request: Request) -> Response:
        file = await get_license(self._deps, actor(request), license_id=license_id_of(request))
        return self._license_page(request, file)

    async def reveal(self, request: Request) -> Response:
        """Shows the licence with its personal fields, and records who looked."""
        file = await reveal_license(self._deps, actor(request), RevealLicense(license_id_of(request)))
        return self._license_page(request, file)

    async def revoke(self, request: Request) -> Response:
        filled = await filled_of(request)
        license_id = license_id_of(request)
        try:
            command = RevokeLicense(
                request_id=request_id_of(filled),
                license_id=license_id,
                reason=filled.get("reason", ""),
                legal_basis=filled.get("legal_basis", ""),
            )
            await revoke_license(self._deps, actor(request), command)
        except FIXABLE as error:
            file = await get_license(self._deps, actor(request), license_id=license_id)
            return self._license_page(request, file, filled=filled, errors=errors_of(request, error))
        return RedirectResponse(f"/licenses/{license_id}", 303)

    def _license_page(
        self,
        request: Request,
        file: LicenseFile,
        *,
        filled: Mapping[str, str] | None = None,
        errors: Errors | None = None,
    ) -> Response:
        return render(
            request,
            "life_cycle/license.html",
            status_code=422 if errors else 200,
            view=LicenseView(file.found, partial(language, request)),
            qr_text=qr_text(file.found.license.identifier, self._deps.issuer),
            history=timeline(file.transitions),
            may_revoke=file.may_revoke,
            just_issued="issued" in request.query_params,
            filled=filled or {},
            errors=errors or [],
            error_of=dict(errors or []),
            request_id=uuid4(),
        )

    async def mine(self, request: Request) -> Response:
        token = request.query_params.get("page_token", "")
        page = await list_my_licenses(self._deps, actor(request), page_token=token)
        return render(request, "life_cycle/mine.html", page=views(request, page))

    async def _own_types(self, request: Request) -> tuple[LicenseType, ...]:
        agency = actor(request).organisation or ""
        page = await list_license_types(self._deps, agency=agency, page_size=_ALL_TYPES)
        return page.items
