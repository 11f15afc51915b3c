"""REST routes that read and change licences."""

from uuid import UUID

from fastapi import APIRouter
from pingshan_kit.http import PageSize, PageToken

from pingshan_e_license.entrypoints.life_cycle.license_documents import (
    LicenseDocument,
    LicensePage,
    license_document,
    license_page,
)
from pingshan_e_license.entrypoints.rest import Body, Caller, RequestId, Searcher, Surely
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.life_cycle.get_license import get_license
from pingshan_e_license.usecases.life_cycle.list_my_licenses import list_my_licenses
from pingshan_e_license.usecases.life_cycle.reveal_license import RevealLicense, reveal_license
from pingshan_e_license.usecases.life_cycle.revoke_license import RevokeLicense, revoke_license
from pingshan_e_license.usecases.life_cycle.search_licenses import search_licenses


class RevokeBody(Body):
    reason: str
    legal_basis: str


class SearchBody(Body):
    """Holds the conditions of a search in a body, which keeps the holder's code out of addresses."""

    holder_code: str = ""
    type: str = ""
    page_size: int = 0
    page_token: str = ""


def _add_reads(api: APIRouter, deps: Dependencies) -> None:
    @api.get("/licenses/{license_id}", operation_id="GetLicense")
    async def get(license_id: UUID, actor: Caller) -> LicenseDocument:
        file = await get_license(deps, actor, license_id=license_id)
        return license_document(file.found)

    @api.post("/licenses/{license_id}/reveal", operation_id="RevealLicense")
    async def reveal(license_id: UUID, actor: Caller) -> LicenseDocument:
        file = await reveal_license(deps, actor, RevealLicense(license_id))
        return license_document(file.found)

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
        return license_page(page)

    @api.get("/my/licenses")
    async def mine(actor: Caller, page_size: PageSize = 0, page_token: PageToken = "") -> LicensePage:
        page = await list_my_licenses(deps, actor, page_size=page_size, page_token=page_token)
        return license_page(page)


def _add_changes(api: APIRouter, deps: Dependencies) -> None:
    @api.post("/licenses/{license_id}/revocation", operation_id="RevokeLicense")
    async def revoke(license_id: UUID, body: RevokeBody, actor: Surely, request_id: RequestId) -> LicenseDocument:
        command = RevokeLicense(request_id, license_id, body.reason, body.legal_basis)
        return license_document(await revoke_license(deps, actor, command))


def add_life_cycle(api: APIRouter, deps: Dependencies) -> None:
    _add_reads(api, deps)
    _add_changes(api, deps)
