"""REST routes below /v1, which do the same as the RPCs."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, status
from pingshan_kit import clock
from pingshan_kit.auth import bearer
from pingshan_kit.http import PageSize, PageToken, idempotency_key
from pingshan_kit.paging import Page
from pingshan_values.actor import Actor
from pydantic import BaseModel, ConfigDict

from pingshan_e_license.domain.catalogue import LicenseType, attribute_schema
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.license import LicenseOfType
from pingshan_e_license.domain.verification import Verification, shown_attributes, shown_holder
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.get_license import get_license
from pingshan_e_license.usecases.get_license_type import get_license_type
from pingshan_e_license.usecases.issue_license import IssueLicense, issue_license
from pingshan_e_license.usecases.list_license_types import list_license_types
from pingshan_e_license.usecases.list_my_licenses import list_my_licenses
from pingshan_e_license.usecases.reveal_license import RevealLicense, reveal_license
from pingshan_e_license.usecases.revoke_license import RevokeLicense, revoke_license
from pingshan_e_license.usecases.search_licenses import search_licenses
from pingshan_e_license.usecases.verify_license import VerifyLicense, verify_license

Caller = Annotated[Actor, Depends(bearer())]
Surely = Annotated[Actor, Depends(bearer(level=2))]
"""Wants two factors, as a revocation cannot be taken back."""
Searcher = Annotated[Actor, Depends(bearer())]
"""Counts as a read: searching is a POST only to keep a holder's code out of addresses."""
RequestId = Annotated[UUID, Depends(idempotency_key)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class IssueBody(_Body):
    type: str
    serial_number: str
    holder_name: str
    holder_code: str
    holder_code_type: str
    attributes: dict[str, Any]
    effective_on: date | None = None
    expires_on: date | None = None
    case_id: str = ""


class RevokeBody(_Body):
    reason: str
    legal_basis: str


class SearchBody(_Body):
    """Holds the conditions of a search in a body, which keeps the holder's code out of addresses."""

    holder_code: str = ""
    type: str = ""
    page_size: int = 0
    page_token: str = ""


class VerifyBody(_Body):
    identifier: str
    purpose: str


class PublicLicense(BaseModel):
    """Holds what everybody who verifies may see."""

    identifier: str
    type: str
    type_name_zh: str
    type_name_en: str
    agency: str
    version: int
    holder_name: str
    holder_code: str
    state: str
    issue_time: datetime
    effective_on: date
    expires_on: date | None
    attributes: dict[str, Any]


class LicenseDocument(PublicLicense):
    license_id: UUID
    serial_number: str
    credential: str
    case_id: str


class LicensePage(BaseModel):
    licenses: list[LicenseDocument]
    next_page_token: str


class CheckDocument(BaseModel):
    code: str
    passed: bool
    sentence_zh: str
    sentence_en: str


class VerificationDocument(BaseModel):
    result: str
    state: str | None
    as_of: datetime
    checks: list[CheckDocument]
    license: PublicLicense | None


class LicenseTypeDocument(BaseModel):
    code: str
    name_zh: str
    name_en: str
    agency: str
    origin: str
    validity: str
    sensitivity: int
    prerequisites: list[str]
    public_fields: list[str]
    attribute_schema: dict[str, Any]


class LicenseTypePage(BaseModel):
    license_types: list[LicenseTypeDocument]
    next_page_token: str


def router(deps: Dependencies) -> APIRouter:
    api = APIRouter()
    _add_licenses(api, deps)
    _add_reading(api, deps)
    _add_catalogue(api, deps)
    return api


def _add_licenses(api: APIRouter, deps: Dependencies) -> None:
    @api.post("/licenses", operation_id="IssueLicense", status_code=status.HTTP_201_CREATED)
    async def issue(body: IssueBody, actor: Caller, request_id: RequestId) -> LicenseDocument:
        return _license_document(await issue_license(deps, actor, _issue_command(body, request_id)))

    @api.post("/licenses/{license_id}/revocation", operation_id="RevokeLicense")
    async def revoke(license_id: UUID, body: RevokeBody, actor: Surely, request_id: RequestId) -> LicenseDocument:
        command = RevokeLicense(request_id, license_id, body.reason, body.legal_basis)
        return _license_document(await revoke_license(deps, actor, command))

    @api.post("/verifications", operation_id="VerifyLicense")
    async def verify(body: VerifyBody, actor: Caller) -> VerificationDocument:
        return _verification_document(await verify_license(deps, actor, VerifyLicense(body.identifier, body.purpose)))


def _add_reading(api: APIRouter, deps: Dependencies) -> None:
    @api.get("/licenses/{license_id}", operation_id="GetLicense")
    async def get(license_id: UUID, actor: Caller) -> LicenseDocument:
        file = await get_license(deps, actor, license_id=license_id)
        return _license_document(file.found)

    @api.post("/licenses/{license_id}/reveal", operation_id="RevealLicense")
    async def reveal(license_id: UUID, actor: Caller) -> LicenseDocument:
        file = await reveal_license(deps, actor, RevealLicense(license_id))
        return _license_document(file.found)

    @api.post("/licenses/search", operation_id="SearchLicenses")
    async def search(body: SearchBody, actor: Searcher) -> LicensePage:
        page = await search_licenses(
            deps,
            actor,
            holder_code=body.holder_code,
            type_code=body.type,
            page_size=body.page_size,
            page_token=body.page_token,
        )
        return _license_page(page)

    @api.get("/my/licenses")
    async def mine(actor: Caller, page_size: PageSize = 0, page_token: PageToken = "") -> LicensePage:
        page = await list_my_licenses(deps, actor, page_size=page_size, page_token=page_token)
        return _license_page(page)


def _add_catalogue(api: APIRouter, deps: Dependencies) -> None:
    """Adds routes that need no token: the `vct` of a credential is the address of its type."""

    @api.get("/license-types", operation_id="ListLicenseTypes")
    async def list_types(
        agency: str = "",
        text: Annotated[str, Query(max_length=100)] = "",
        page_size: PageSize = 0,
        page_token: PageToken = "",
    ) -> LicenseTypePage:
        page = await list_license_types(deps, agency=agency, text=text, page_size=page_size, page_token=page_token)
        return LicenseTypePage(
            license_types=[_type_document(each) for each in page.items], next_page_token=page.next_page_token
        )

    @api.get("/license-types/{code}", operation_id="GetLicenseType")
    async def get_type(code: str) -> LicenseTypeDocument:
        return _type_document(await get_license_type(deps, code=code))


def _issue_command(body: IssueBody, request_id: UUID) -> IssueLicense:
    return IssueLicense(
        request_id=request_id,
        type=body.type,
        serial_number=body.serial_number,
        holder=Holder(body.holder_name, body.holder_code, body.holder_code_type),
        attributes=body.attributes,
        effective_on=body.effective_on,
        expires_on=body.expires_on,
        case_id=body.case_id,
    )


def _license_document(found: LicenseOfType) -> LicenseDocument:
    licence = found.license
    public = _public_license(found).model_dump()
    return LicenseDocument.model_validate(
        public
        | {
            "license_id": licence.license_id,
            "serial_number": licence.serial_number,
            "credential": str(licence.credential),
            "case_id": licence.case_id,
            "holder_name": licence.holder.name,
            "holder_code": licence.holder.code,
            "attributes": dict(licence.attributes),
        }
    )


def _public_license(found: LicenseOfType) -> PublicLicense:
    licence, holder = found.license, shown_holder(found)
    return PublicLicense(
        identifier=licence.identifier,
        type=licence.type,
        type_name_zh=found.type.name_zh,
        type_name_en=found.type.name_en,
        agency=licence.agency,
        version=licence.version,
        holder_name=holder.name if holder else "",
        holder_code=holder.code if holder else "",
        state=licence.state_on(clock.today()).value,
        issue_time=licence.issued_at,
        effective_on=licence.period.effective_on,
        expires_on=licence.period.expires_on,
        attributes=shown_attributes(found),
    )


def _license_page(page: Page[LicenseOfType]) -> LicensePage:
    return LicensePage(licenses=[_license_document(each) for each in page.items], next_page_token=page.next_page_token)


def _verification_document(answer: Verification) -> VerificationDocument:
    return VerificationDocument(
        result=answer.result.value,
        state=answer.state.value if answer.state else None,
        as_of=answer.as_of,
        checks=[
            CheckDocument(
                code=each.code, passed=each.passed, sentence_zh=each.sentence.zh, sentence_en=each.sentence.en
            )
            for each in answer.checks
        ],
        license=_public_license(answer.found) if answer.found else None,
    )


def _type_document(found: LicenseType) -> LicenseTypeDocument:
    return LicenseTypeDocument(
        code=found.code,
        name_zh=found.name_zh,
        name_en=found.name_en,
        agency=found.agency,
        origin=found.origin.value,
        validity=found.validity,
        sensitivity=found.sensitivity,
        prerequisites=list(found.prerequisites),
        public_fields=list(found.public_fields),
        attribute_schema=attribute_schema(found),
    )
