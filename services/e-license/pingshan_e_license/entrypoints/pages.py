"""Pages: catalogue, an agency's workspace, verification at the counter, my licences."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from pingshan_kit.auth import actor, protect
from pingshan_kit.errors import InvalidRequest, NotFound, merged, refusal
from pingshan_kit.paging import Page
from pingshan_ui import render
from pingshan_ui.environment import Again, Said, language
from pingshan_values.errors import DomainError, Invalid
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_e_license.domain.access import ISSUER, VERIFIER, may_issue_by_hand
from pingshan_e_license.domain.catalogue import LicenseType
from pingshan_e_license.domain.errors import AlreadyRevoked, PrerequisiteMissing, SerialTaken
from pingshan_e_license.domain.holder import CODE_TYPES, Holder
from pingshan_e_license.domain.license import LicenseOfType
from pingshan_e_license.entrypoints.errors import ERRORS
from pingshan_e_license.entrypoints.forms import attributes_of, field_of_path, fields_of
from pingshan_e_license.entrypoints.inputs import date_of, uuid_of
from pingshan_e_license.entrypoints.views import LicenseView, big_answer, timeline, wrong_identifier
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.get_license import get_license
from pingshan_e_license.usecases.get_license_type import get_license_type
from pingshan_e_license.usecases.issue_license import IssueLicense, issue_license
from pingshan_e_license.usecases.list_agencies import list_agencies
from pingshan_e_license.usecases.list_license_types import list_license_types
from pingshan_e_license.usecases.list_my_licenses import list_my_licenses
from pingshan_e_license.usecases.reveal_license import RevealLicense, reveal_license
from pingshan_e_license.usecases.revoke_license import RevokeLicense, revoke_license
from pingshan_e_license.usecases.search_licenses import search_licenses
from pingshan_e_license.usecases.shared import LicenseFile
from pingshan_e_license.usecases.verify_license import VerifyLicense, verify_license

_ALL_TYPES = 200
_LONG_TERM = "9999-12-31"
_FIXABLE = (Invalid, InvalidRequest, SerialTaken, PrerequisiteMissing, AlreadyRevoked)
"""Refusals that the form shows, as a person can put them right there; all others get a page of their own."""

Errors = list[tuple[str | None, Said]]


def routes(deps: Dependencies) -> list[BaseRoute]:
    pages = Pages(deps)
    both = ["GET", "POST"]
    return [
        Route("/", home),
        Route("/catalogue", pages.catalogue),
        Route("/catalogue/{code}", pages.license_type),
        Route("/workspace", protect(pages.workspace, ISSUER), methods=both),
        Route("/workspace/issue", protect(pages.choose_type, ISSUER)),
        Route("/workspace/issue/{code}", protect(pages.issue, ISSUER), methods=both),
        Route("/licenses/{license_id}", protect(pages.license)),
        Route("/licenses/{license_id}/reveal", protect(pages.reveal), methods=["POST"]),
        Route("/licenses/{license_id}/revoke", protect(pages.revoke, ISSUER, level=2), methods=["POST"]),
        Route("/verify", protect(pages.verify, VERIFIER, ISSUER), methods=both),
        Route("/mine", protect(pages.mine)),
    ]


async def home(request: Request) -> Response:
    return render(request, "home.html", actor=actor(request))


@dataclass(frozen=True)
class Pages:
    deps: Dependencies

    async def catalogue(self, request: Request) -> Response:
        query = request.query_params
        agencies = await list_agencies(self.deps)
        page = await list_license_types(
            self.deps,
            agency=query.get("agency", ""),
            text=query.get("q", ""),
            page_token=query.get("page_token", ""),
        )
        return render(request, "catalogue.html", page=page, agencies=agencies, query=query)

    async def license_type(self, request: Request) -> Response:
        found = await get_license_type(self.deps, code=request.path_params["code"])
        agencies = await list_agencies(self.deps)
        prerequisites = await self._prerequisites(found)
        return render(
            request,
            "license_type.html",
            type=found,
            agency=agencies[found.agency],
            prerequisites=prerequisites,
            may_issue=may_issue_by_hand(actor(request), found),
        )

    async def workspace(self, request: Request) -> Response:
        """Lists the agency's licences; a holder's code arrives by POST, which keeps it out of addresses."""
        filled = await _filled(request)
        page = await search_licenses(
            self.deps,
            actor(request),
            holder_code=filled.get("holder_code", "").strip().upper(),
            type_code=filled.get("type", ""),
            page_token=filled.get("page_token", ""),
        )
        types = await self._own_types(request)
        asked = [(name, filled[name]) for name in ("holder_code", "type", "page_token") if name in filled]
        again = Again("/workspace", asked) if request.method == "POST" else None
        return render(request, "workspace.html", page=_views(request, page), types=types, filled=filled, again=again)

    async def choose_type(self, request: Request) -> Response:
        types = [each for each in await self._own_types(request) if each.is_issued_here]
        return render(request, "choose_type.html", types=types)

    async def issue(self, request: Request) -> Response:
        license_type = await get_license_type(self.deps, code=request.path_params["code"])
        if not may_issue_by_hand(actor(request), license_type):
            raise NotFound
        filled = await _filled(request)
        if request.method == "GET":
            return await self._issue_form(request, license_type, {}, [])
        try:
            issued = await issue_license(self.deps, actor(request), _issue_command(license_type, filled))
        except _FIXABLE as error:
            return await self._issue_form(request, license_type, filled, _errors(request, error))
        return RedirectResponse(f"/licenses/{issued.license.license_id}?issued=1", 303)

    async def _issue_form(
        self, request: Request, license_type: LicenseType, filled: Mapping[str, str], errors: Errors
    ) -> Response:
        code_types = [(code, kind) for code, kind in CODE_TYPES.items() if kind.kind in license_type.holder_kinds]
        return render(
            request,
            "issue.html",
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

    async def license(self, request: Request) -> Response:
        file = await get_license(self.deps, actor(request), license_id=_license_id(request))
        return self._license_page(request, file)

    async def reveal(self, request: Request) -> Response:
        """Shows the licence with its personal fields, and records who looked."""
        file = await reveal_license(self.deps, actor(request), RevealLicense(_license_id(request)))
        return self._license_page(request, file)

    async def revoke(self, request: Request) -> Response:
        filled = await _filled(request)
        license_id = _license_id(request)
        try:
            command = RevokeLicense(
                request_id=_request_id(filled),
                license_id=license_id,
                reason=filled.get("reason", ""),
                legal_basis=filled.get("legal_basis", ""),
            )
            await revoke_license(self.deps, actor(request), command)
        except _FIXABLE as error:
            file = await get_license(self.deps, actor(request), license_id=license_id)
            return self._license_page(request, file, filled=filled, errors=_errors(request, error))
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
            "license.html",
            status_code=422 if errors else 200,
            view=LicenseView(file.found, partial(language, request)),
            history=timeline(file.transitions),
            may_revoke=file.may_revoke,
            just_issued="issued" in request.query_params,
            filled=filled or {},
            errors=errors or [],
            error_of=dict(errors or []),
            request_id=uuid4(),
        )

    async def verify(self, request: Request) -> Response:
        filled = await _filled(request)
        answer, errors = None, []
        if request.method == "POST":
            try:
                command = VerifyLicense(filled.get("identifier", "").strip(), filled.get("purpose", ""))
                answer = await verify_license(self.deps, actor(request), command)
            except _FIXABLE as error:
                errors = _errors(request, error)
        found = answer.found if answer else None
        wrong = wrong_identifier(answer) if answer else None
        return render(
            request,
            "verify.html",
            status_code=422 if errors else 200,
            answer=answer,
            big=big_answer(answer) if answer else None,
            view=LicenseView(found, partial(language, request)) if found else None,
            filled=filled,
            errors=errors,
            error_of={"identifier": Said(request, wrong.in_language)} if wrong else dict(errors),
        )

    async def mine(self, request: Request) -> Response:
        token = request.query_params.get("page_token", "")
        page = await list_my_licenses(self.deps, actor(request), page_token=token)
        return render(request, "mine.html", page=_views(request, page))

    async def _prerequisites(self, license_type: LicenseType) -> list[LicenseType]:
        codes = license_type.prerequisites
        return [await get_license_type(self.deps, code=code) for code in codes]

    async def _own_types(self, request: Request) -> tuple[LicenseType, ...]:
        agency = actor(request).organisation or ""
        page = await list_license_types(self.deps, agency=agency, page_size=_ALL_TYPES)
        return page.items


async def _filled(request: Request) -> dict[str, str]:
    """Returns the texts of a POST's form, or of the query for any other method."""
    source: Mapping[str, Any] = await request.form() if request.method == "POST" else request.query_params
    return {name: value for name, value in source.items() if isinstance(value, str)}


def _views(request: Request, page: Page[LicenseOfType]) -> Page[LicenseView]:
    return Page(tuple(LicenseView(each, partial(language, request)) for each in page.items), page.next_page_token)


def _issue_command(license_type: LicenseType, filled: Mapping[str, str]) -> IssueLicense:
    long_term = filled.get("long_term") == "true"
    return IssueLicense(
        request_id=_request_id(filled),
        type=license_type.code,
        serial_number=filled.get("serial_number", "").strip(),
        holder=Holder(
            filled.get("holder_name", ""),
            filled.get("holder_code", "").strip().upper(),
            filled.get("holder_code_type", ""),
        ),
        attributes=attributes_of(license_type, filled),
        effective_on=date_of(filled.get("effective_on", ""), "effective_on"),
        expires_on=date_of(_LONG_TERM if long_term else filled.get("expires_on", ""), "expires_on"),
    )


def _license_id(request: Request) -> UUID:
    try:
        return UUID(request.path_params["license_id"])
    except ValueError as error:
        raise NotFound from error


def _request_id(filled: Mapping[str, str]) -> UUID:
    return uuid_of(filled.get("request_id", ""), "request_id")


def _errors(request: Request, error: DomainError) -> Errors:
    """Returns field and sentence of each violation, or the refusal's own sentence where it has none."""
    refused = refusal(error, merged(ERRORS))
    if refused.violations:
        return [(field_of_path(each.path), Said(request, each.sentence.in_language)) for each in refused.violations]
    field = "serial_number" if isinstance(error, SerialTaken) else None
    return [(field, Said(request, refused.sentence))]
