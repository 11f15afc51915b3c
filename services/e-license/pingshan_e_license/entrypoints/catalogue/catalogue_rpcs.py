"""Servicer of CatalogueService."""

import json
from typing import Any

import grpc
from pingshan.e_license.v1 import (
    catalogue_pb2,
    catalogue_pb2_grpc,
)

from pingshan_e_license.domain.catalogue.license_type import LicenseType, attribute_schema
from pingshan_e_license.usecases.catalogue.get_license_type import get_license_type
from pingshan_e_license.usecases.catalogue.list_license_types import list_license_types
from pingshan_e_license.usecases.dependencies import Dependencies

_Context = grpc.aio.ServicerContext[Any, Any]


class Catalogue(catalogue_pb2_grpc.CatalogueServiceServicer):
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def GetLicenseType(  # noqa: N802
        self, request: catalogue_pb2.GetLicenseTypeRequest, _context: _Context
    ) -> catalogue_pb2.GetLicenseTypeResponse:
        found = await get_license_type(self._deps, code=request.code)
        return catalogue_pb2.GetLicenseTypeResponse(license_type=_type_message(found))

    async def ListLicenseTypes(  # noqa: N802
        self, request: catalogue_pb2.ListLicenseTypesRequest, _context: _Context
    ) -> catalogue_pb2.ListLicenseTypesResponse:
        page = await list_license_types(
            self._deps, agency=request.agency, page_size=request.page_size, page_token=request.page_token
        )
        return catalogue_pb2.ListLicenseTypesResponse(
            license_types=[_type_message(each) for each in page.items], next_page_token=page.next_page_token
        )


def _type_message(found: LicenseType) -> catalogue_pb2.LicenseType:
    return catalogue_pb2.LicenseType(
        code=found.code,
        name_zh=found.name_zh,
        name_en=found.name_en,
        agency=found.agency,
        origin=found.origin.value,
        attribute_schema=json.dumps(attribute_schema(found), ensure_ascii=False),
    )
