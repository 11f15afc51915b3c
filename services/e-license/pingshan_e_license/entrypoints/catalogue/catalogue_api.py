"""REST routes of the catalogue."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pingshan_kit.http import PageSize, PageToken
from pydantic import BaseModel

from pingshan_e_license.domain.catalogue.license_type import LicenseType, attribute_schema
from pingshan_e_license.usecases.catalogue.get_license_type import get_license_type
from pingshan_e_license.usecases.catalogue.list_license_types import list_license_types
from pingshan_e_license.usecases.dependencies import Dependencies


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


def add_catalogue(api: APIRouter, deps: Dependencies) -> None:
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
