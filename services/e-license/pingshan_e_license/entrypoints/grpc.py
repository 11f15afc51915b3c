"""Servicers of LicenseService, VerificationService and CatalogueService."""

import json
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct
from pingshan.e_license.v1 import (
    catalogue_pb2,
    catalogue_pb2_grpc,
    license_pb2,
    license_pb2_grpc,
    verification_pb2,
    verification_pb2_grpc,
)
from pingshan_kit import clock, rpc
from pingshan_kit.errors import InvalidRequest

from pingshan_e_license.domain.catalogue import LicenseType, attribute_schema
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.license import LicenseOfType, State
from pingshan_e_license.domain.verification import Result, Verification, shown_attributes, shown_holder
from pingshan_e_license.entrypoints.inputs import date_of, uuid_of
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.get_license import get_license
from pingshan_e_license.usecases.get_license_holder import get_license_holder
from pingshan_e_license.usecases.get_license_type import get_license_type
from pingshan_e_license.usecases.issue_license import IssueLicense, issue_license
from pingshan_e_license.usecases.list_license_types import list_license_types
from pingshan_e_license.usecases.reveal_license import RevealLicense, reveal_license
from pingshan_e_license.usecases.revoke_license import RevokeLicense, revoke_license
from pingshan_e_license.usecases.search_licenses import search_licenses
from pingshan_e_license.usecases.verify_license import VerifyLicense, verify_license

_Context = grpc.aio.ServicerContext[Any, Any]

_STATES = {
    State.VALID: license_pb2.LICENSE_STATE_VALID,
    State.REVOKED: license_pb2.LICENSE_STATE_REVOKED,
    State.EXPIRED: license_pb2.LICENSE_STATE_EXPIRED,
    State.NOT_YET_VALID: license_pb2.LICENSE_STATE_NOT_YET_VALID,
}
_RESULTS = {
    Result.VALID: verification_pb2.VERIFICATION_RESULT_VALID,
    Result.NOT_VALID: verification_pb2.VERIFICATION_RESULT_NOT_VALID,
    Result.UNKNOWN: verification_pb2.VERIFICATION_RESULT_UNKNOWN,
    Result.MALFORMED: verification_pb2.VERIFICATION_RESULT_MALFORMED,
}


class Licenses(license_pb2_grpc.LicenseServiceServicer):
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

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
            page_size=request.page_size,
            page_token=request.page_token,
        )
        return license_pb2.SearchLicensesResponse(
            licenses=[license_message(each) for each in page.items], next_page_token=page.next_page_token
        )

    async def RevokeLicense(  # noqa: N802
        self, request: license_pb2.RevokeLicenseRequest, _context: _Context
    ) -> license_pb2.RevokeLicenseResponse:
        actor = rpc.require(level=2)
        command = RevokeLicense(
            request_id=uuid_of(request.request_id, "request_id"),
            license_id=uuid_of(request.license_id, "license_id"),
            reason=request.reason,
            legal_basis=request.legal_basis,
        )
        revoked = await revoke_license(self._deps, actor, command)
        return license_pb2.RevokeLicenseResponse(license=license_message(revoked))


class Verifications(verification_pb2_grpc.VerificationServiceServicer):
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def VerifyLicense(  # noqa: N802
        self, request: verification_pb2.VerifyLicenseRequest, _context: _Context
    ) -> verification_pb2.VerifyLicenseResponse:
        answer = await verify_license(self._deps, rpc.actor(), VerifyLicense(request.identifier, request.purpose))
        return _verification_message(answer)


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


def _issue_command(request: license_pb2.IssueLicenseRequest) -> IssueLicense:
    return IssueLicense(
        request_id=uuid_of(request.request_id, "request_id"),
        type=request.type,
        serial_number=request.serial_number,
        holder=Holder(request.holder_name, request.holder_code, request.holder_code_type),
        attributes=_attributes(request.attributes),
        effective_on=date_of(request.effective_on, "effective_on"),
        expires_on=date_of(request.expires_on, "expires_on"),
        case_id=request.case_id,
    )


def _attributes(sent: Struct) -> dict[str, Any]:
    try:
        return MessageToDict(sent)
    except ValueError as error:
        raise InvalidRequest([("attributes", "含有不是数字的数值。", "A number is not finite.")]) from error


def license_message(found: LicenseOfType) -> license_pb2.License:
    """Returns the licence as the use case gives it, which decides what is masked for whom."""
    message = _public_message(found)
    licence = found.license
    message.license_id = str(licence.license_id)
    message.serial_number = licence.serial_number
    message.holder_name = licence.holder.name
    message.holder_code = licence.holder.code
    message.credential = str(licence.credential)
    message.case_id = licence.case_id
    message.attributes.CopyFrom(ParseDict(dict(licence.attributes), Struct()))
    return message


def _public_message(found: LicenseOfType) -> license_pb2.License:
    """Returns what everybody who verifies may see; only public fields where the holder is a person."""
    licence, holder, period = found.license, shown_holder(found), found.license.period
    message = license_pb2.License(
        identifier=licence.identifier,
        type=licence.type,
        type_name_zh=found.type.name_zh,
        type_name_en=found.type.name_en,
        agency=licence.agency,
        version=licence.version,
        holder_name=holder.name if holder else "",
        holder_code=holder.code if holder else "",
        state=_STATES[licence.state_on(clock.today())],
        effective_on=period.effective_on.isoformat(),
        expires_on=period.expires_on.isoformat() if period.expires_on else "",
        attributes=ParseDict(shown_attributes(found), Struct()),
    )
    message.issue_time.FromDatetime(licence.issued_at)
    return message


def _verification_message(answer: Verification) -> verification_pb2.VerifyLicenseResponse:
    message = verification_pb2.VerifyLicenseResponse(
        result=_RESULTS[answer.result],
        state=_STATES[answer.state] if answer.state else license_pb2.LICENSE_STATE_UNSPECIFIED,
        checks=[
            verification_pb2.VerificationCheck(
                code=each.code,
                passed=each.passed,
                sentence_zh=each.sentence.zh,
                sentence_en=each.sentence.en,
            )
            for each in answer.checks
        ],
        license=_public_message(answer.found) if answer.found else None,
    )
    message.as_of.FromDatetime(answer.as_of)
    return message


def _type_message(found: LicenseType) -> catalogue_pb2.LicenseType:
    return catalogue_pb2.LicenseType(
        code=found.code,
        name_zh=found.name_zh,
        name_en=found.name_en,
        agency=found.agency,
        origin=found.origin.value,
        attribute_schema=json.dumps(attribute_schema(found), ensure_ascii=False),
    )
