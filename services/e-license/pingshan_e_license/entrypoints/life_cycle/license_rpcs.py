"""Servicer of LicenseService."""

from typing import Any

import grpc
from pingshan.e_license.v1 import license_pb2
from pingshan_kit import rpc

from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.entrypoints.inputs import attributes_of_struct, date_of, uuid_of
from pingshan_e_license.entrypoints.life_cycle.decision_rpcs import LicenseDecisions
from pingshan_e_license.entrypoints.life_cycle.license_messages import license_message, state_of_message
from pingshan_e_license.usecases.issuing.issue_license import IssueLicense, issue_license
from pingshan_e_license.usecases.life_cycle.get_license import get_license
from pingshan_e_license.usecases.life_cycle.get_license_holder import get_license_holder
from pingshan_e_license.usecases.life_cycle.reveal_license import RevealLicense, reveal_license
from pingshan_e_license.usecases.life_cycle.search_licenses import search_licenses

_Context = grpc.aio.ServicerContext[Any, Any]


class Licenses(LicenseDecisions):
    async def IssueLicense(  # noqa: N802
        self, request: license_pb2.IssueLicenseRequest, _context: _Context
    ) -> license_pb2.IssueLicenseResponse:
        issued = await issue_license(self._deps, rpc.actor(), _issue_command(request))
        return license_pb2.IssueLicenseResponse(license=license_message(issued))

    async def GetLicense(  # noqa: N802
        self, request: license_pb2.GetLicenseRequest, _context: _Context
    ) -> license_pb2.GetLicenseResponse:
        license_id = uuid_of(request.license_id, "license_id")
        file = await get_license(self._deps, rpc.actor(), license_id=license_id)
        return license_pb2.GetLicenseResponse(license=license_message(file.found))

    async def RevealLicense(  # noqa: N802
        self, request: license_pb2.RevealLicenseRequest, _context: _Context
    ) -> license_pb2.RevealLicenseResponse:
        license_id = uuid_of(request.license_id, "license_id")
        file = await reveal_license(self._deps, rpc.actor(), RevealLicense(license_id))
        return license_pb2.RevealLicenseResponse(license=license_message(file.found))

    async def GetLicenseHolder(  # noqa: N802
        self, request: license_pb2.GetLicenseHolderRequest, _context: _Context
    ) -> license_pb2.GetLicenseHolderResponse:
        license_id = uuid_of(request.license_id, "license_id")
        code = await get_license_holder(self._deps, rpc.actor(), license_id=license_id)
        return license_pb2.GetLicenseHolderResponse(holder_code=code)

    async def SearchLicenses(  # noqa: N802
        self, request: license_pb2.SearchLicensesRequest, _context: _Context
    ) -> license_pb2.SearchLicensesResponse:
        page = await search_licenses(
            self._deps,
            rpc.actor(),
            holder_code=request.holder_code,
            type_code=request.type,
            text=request.text,
            state=state_of_message(request.state),
            page_size=request.page_size,
            page_token=request.page_token,
        )
        return license_pb2.SearchLicensesResponse(
            licenses=[license_message(each) for each in page.items], next_page_token=page.next_page_token
        )


def _issue_command(request: license_pb2.IssueLicenseRequest) -> IssueLicense:
    return IssueLicense(
        request_id=uuid_of(request.request_id, "request_id"),
        type=request.type,
        serial_number=request.serial_number,
        holder=Holder(request.holder_name, request.holder_code, request.holder_code_type),
        attributes=attributes_of_struct(request.attributes),
        effective_on=date_of(request.effective_on, "effective_on"),
        expires_on=date_of(request.expires_on, "expires_on"),
        case_id=request.case_id,
    )
