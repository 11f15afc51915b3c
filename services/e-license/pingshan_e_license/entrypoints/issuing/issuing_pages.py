"""Pages on which an agency issues a licence."""

from collections.abc import Mapping
from uuid import uuid4

from pingshan_kit.auth import actor, protect
from pingshan_kit.errors import NotFound
from pingshan_ui import render
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_e_license.domain.access import ISSUER, may_issue_by_hand
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.holder import CODE_TYPES, Holder
from pingshan_e_license.entrypoints.attribute_fields import attributes_filled, fields_of
from pingshan_e_license.entrypoints.inputs import date_of
from pingshan_e_license.entrypoints.shared import (
    FIXABLE,
    Errors,
    errors_of,
    filled_of,
    own_types,
    request_id_of,
)
from pingshan_e_license.usecases.catalogue.get_license_type import get_license_type
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.issue_license import IssueLicense, issue_license

_LONG_TERM = "9999-12-31"


def _issue_command(license_type: LicenseType, filled: Mapping[str, str]) -> IssueLicense:
    long_term = filled.get("long_term") == "true"
    return IssueLicense(
        request_id=request_id_of(filled),
        type=license_type.code,
        serial_number=filled.get("serial_number", "").strip(),
        holder=Holder(
            filled.get("holder_name", ""),
            filled.get("holder_code", "").strip().upper(),
            filled.get("holder_code_type", ""),
        ),
        attributes=attributes_filled(license_type, filled),
        effective_on=date_of(filled.get("effective_on", ""), "effective_on"),
        expires_on=date_of(_LONG_TERM if long_term else filled.get("expires_on", ""), "expires_on"),
    )


class IssuingPages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/workspace/issue", protect(self.choose_type, ISSUER)),
            Route("/workspace/issue/{code}", protect(self.issue, ISSUER), methods=["GET", "POST"]),
        ]

    async def choose_type(self, request: Request) -> Response:
        types = [each for each in await own_types(self._deps, request) if each.is_issued_here]
        return render(request, "issuing/choose_type.html", types=types)

    async def issue(self, request: Request) -> Response:
        license_type = await get_license_type(self._deps, code=request.path_params["code"])
        if not may_issue_by_hand(actor(request), license_type):
            raise NotFound
        filled = await filled_of(request)
        if request.method == "GET":
            return await self._issue_form(request, license_type, {}, [])
        try:
            issued = await issue_license(self._deps, actor(request), _issue_command(license_type, filled))
        except FIXABLE as error:
            return await self._issue_form(request, license_type, filled, errors_of(request, error))
        return RedirectResponse(f"/licenses/{issued.license.license_id}?issued=1", 303)

    async def _issue_form(
        self, request: Request, license_type: LicenseType, filled: Mapping[str, str], errors: Errors
    ) -> Response:
        code_types = [(code, kind) for code, kind in CODE_TYPES.items() if kind.kind in license_type.holder_kinds]
        return render(
            request,
            "issuing/issue.html",
            status_code=422 if errors else 200,
            type=license_type,
            fields_of=fields_of,
            code_types=code_types,
            prerequisites=await self._prerequisites(license_type),
            filled=filled,
            errors=errors,
            error_of=dict(errors),
            request_id=uuid4(),
        )

    async def _prerequisites(self, license_type: LicenseType) -> list[LicenseType]:
        codes = license_type.prerequisites
        return [await get_license_type(self._deps, code=code) for code in codes]
