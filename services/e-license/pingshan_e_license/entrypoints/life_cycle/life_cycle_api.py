"""REST routes that read and list licences."""

from uuid import UUID

from fastapi import APIRouter
from pingshan_kit.http import PageSize, PageToken
from pydantic import AwareDatetime

from pingshan_e_license.domain.license import Act, State
from pingshan_e_license.entrypoints.life_cycle.decision_api import add_decisions
from pingshan_e_license.entrypoints.life_cycle.license_documents import (
    AsOfDocument,
    ConsequencesDocument,
    LicenseDocument,
    LicensePage,
    as_of_document,
    consequences_document,
    license_document,
    license_page,
)
from pingshan_e_license.entrypoints.rest import Body, Caller, Searcher
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.life_cycle.get_license import get_license
from pingshan_e_license.usecases.life_cycle.get_license_as_of import get_license_as_of
from pingshan_e_license.usecases.life_cycle.list_expiring_licenses import list_expiring_licenses
from pingshan_e_license.usecases.life_cycle.list_my_licenses import list_my_licenses
from pingshan_e_license.usecases.life_cycle.preview_consequences import preview_consequences
from pingshan_e_license.usecases.life_cycle.reveal_license import RevealLicense, reveal_license
from pingshan_e_license.usecases.life_cycle.search_licenses import search_licenses


class SearchBody(Body):
    """Holds the conditions of a search in a body, which keeps the holder's code out of addresses."""

    holder_code: str = ""
    type: str = ""
    text: str = ""
    """Begin of a serial number, or an identifier."""
    state: State | None = None
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

    @api.get("/licenses/{license_id}/as-of", operation_id="GetLicenseAsOf")
    async def as_of(
        license_id: UUID, actor: Caller, at: AwareDatetime | None = None, known_at: AwareDatetime | None = None
    ) -> AsOfDocument:
        return as_of_document(await get_license_as_of(deps, actor, license_id=license_id, at=at, known_at=known_at))

    @api.get("/licenses/{license_id}/consequences", operation_id="PreviewConsequences")
    async def consequences(license_id: UUID, act: Act, actor: Caller) -> ConsequencesDocument:
        return consequences_document(await preview_consequences(deps, actor, license_id=license_id, act=act))


def _add_lists(api: APIRouter, deps: Dependencies) -> None:
    @api.post("/licenses/search", operation_id="SearchLicenses")
    async def search(body: SearchBody, actor: Searcher) -> LicensePage:
        page = await search_licenses(
            deps,
            actor,
            holder_code=body.holder_code,
            type_code=body.type,
            text=body.text,
            state=body.state,
            page_size=body.page_size,
            page_token=body.page_token,
        )
        return license_page(page)

    @api.get("/my/licenses")
    async def mine(actor: Caller, page_size: PageSize = 0, page_token: PageToken = "") -> LicensePage:
        page = await list_my_licenses(deps, actor, page_size=page_size, page_token=page_token)
        return license_page(page)

    @api.get("/licenses/expiring", operation_id="ListExpiringLicenses")
    async def expiring(actor: Caller, days: int, page_size: PageSize = 0, page_token: PageToken = "") -> LicensePage:
        page = await list_expiring_licenses(deps, actor, days=days, page_size=page_size, page_token=page_token)
        return license_page(page)


def add_life_cycle(api: APIRouter, deps: Dependencies) -> None:
    _add_lists(api, deps)
    _add_reads(api, deps)
    add_decisions(api, deps)
