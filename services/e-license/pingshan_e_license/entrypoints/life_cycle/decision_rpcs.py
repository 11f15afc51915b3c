"""The RPCs of LicenseService that decide on a licence, make its next version, or tell what that brings about."""

from typing import Any

import grpc
from pingshan.e_license.v1 import license_pb2, license_pb2_grpc
from pingshan_kit import rpc

from pingshan_e_license.domain.license import Act
from pingshan_e_license.domain.life_cycle.new_version import Wish
from pingshan_e_license.entrypoints.inputs import attributes_of_struct, date_of, uuid_of
from pingshan_e_license.entrypoints.life_cycle.license_messages import (
    STATES,
    act_of,
    license_message,
    moment_of,
    transition_messages,
)
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.life_cycle.decide_license import DecideLicense, decide_license
from pingshan_e_license.usecases.life_cycle.get_license_as_of import get_license_as_of
from pingshan_e_license.usecases.life_cycle.list_expiring_licenses import list_expiring_licenses
from pingshan_e_license.usecases.life_cycle.preview_consequences import preview_consequences
from pingshan_e_license.usecases.life_cycle.renew_license import RenewLicense, renew_license
from pingshan_e_license.usecases.life_cycle.restore_license import RestoreLicense, restore_license

_Context = grpc.aio.ServicerContext[Any, Any]
_FINAL = 2
"""Level of sign-in for what cannot be taken back."""


class LicenseDecisions(license_pb2_grpc.LicenseServiceServicer):
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def SuspendLicense(  # noqa: N802
        self, request: license_pb2.SuspendLicenseRequest, _context: _Context
    ) -> license_pb2.SuspendLicenseResponse:
        return license_pb2.SuspendLicenseResponse(license=await self._decide(request, Act.SUSPEND))

    async def ResumeLicense(  # noqa: N802
        self, request: license_pb2.ResumeLicenseRequest, _context: _Context
    ) -> license_pb2.ResumeLicenseResponse:
        return license_pb2.ResumeLicenseResponse(license=await self._decide(request, Act.RESUME))

    async def RescindLicense(  # noqa: N802
        self, request: license_pb2.RescindLicenseRequest, _context: _Context
    ) -> license_pb2.RescindLicenseResponse:
        return license_pb2.RescindLicenseResponse(license=await self._decide(request, Act.RESCIND, level=_FINAL))

    async def CancelLicense(  # noqa: N802
        self, request: license_pb2.CancelLicenseRequest, _context: _Context
    ) -> license_pb2.CancelLicenseResponse:
        return license_pb2.CancelLicenseResponse(license=await self._decide(request, Act.CANCEL, level=_FINAL))

    async def LapseLicense(  # noqa: N802
        self, request: license_pb2.LapseLicenseRequest, _context: _Context
    ) -> license_pb2.LapseLicenseResponse:
        return license_pb2.LapseLicenseResponse(license=await self._decide(request, Act.LAPSE, level=_FINAL))

    async def TransferOutLicense(  # noqa: N802
        self, request: license_pb2.TransferOutLicenseRequest, _context: _Context
    ) -> license_pb2.TransferOutLicenseResponse:
        return license_pb2.TransferOutLicenseResponse(
            license=await self._decide(request, Act.TRANSFER_OUT, level=_FINAL)
        )

    async def RevokeLicense(  # noqa: N802
        self, request: license_pb2.RevokeLicenseRequest, _context: _Context
    ) -> license_pb2.RevokeLicenseResponse:
        return license_pb2.RevokeLicenseResponse(license=await self._decide(request, Act.REVOKE, level=_FINAL))

    async def RestoreLicense(  # noqa: N802
        self, request: license_pb2.RestoreLicenseRequest, _context: _Context
    ) -> license_pb2.RestoreLicenseResponse:
        actor = rpc.require(level=_FINAL)
        command = RestoreLicense(
            request_id=uuid_of(request.request_id, "request_id"),
            license_id=uuid_of(request.license_id, "license_id"),
            decision_number=request.decision_number,
            reason=request.reason,
            legal_basis=request.legal_basis,
            effective_at=moment_of(request, "effective_time"),
        )
        restored = await restore_license(self._deps, actor, command)
        return license_pb2.RestoreLicenseResponse(license=license_message(restored))

    async def RenewLicense(  # noqa: N802
        self, request: license_pb2.RenewLicenseRequest, _context: _Context
    ) -> license_pb2.RenewLicenseResponse:
        wish = Wish(
            holder_name=request.holder_name,
            holder_code=request.holder_code,
            holder_code_type=request.holder_code_type,
            attributes=attributes_of_struct(request.attributes) if request.HasField("attributes") else None,
            effective_on=date_of(request.effective_on, "effective_on"),
            expires_on=date_of(request.expires_on, "expires_on"),
        )
        command = RenewLicense(
            request_id=uuid_of(request.request_id, "request_id"),
            license_id=uuid_of(request.license_id, "license_id"),
            act=act_of(request.act),
            wish=wish,
            reason=request.reason,
            legal_basis=request.legal_basis,
        )
        renewed = await renew_license(self._deps, rpc.actor(), command)
        return license_pb2.RenewLicenseResponse(license=license_message(renewed))

    async def PreviewConsequences(  # noqa: N802
        self, request: license_pb2.PreviewConsequencesRequest, _context: _Context
    ) -> license_pb2.PreviewConsequencesResponse:
        license_id = uuid_of(request.license_id, "license_id")
        found = await preview_consequences(self._deps, rpc.actor(), license_id=license_id, act=act_of(request.act))
        return license_pb2.PreviewConsequencesResponse(
            dependants=[license_message(each) for each in found.dependants], case_ids=found.case_ids
        )

    async def GetLicenseAsOf(  # noqa: N802
        self, request: license_pb2.GetLicenseAsOfRequest, _context: _Context
    ) -> license_pb2.GetLicenseAsOfResponse:
        found = await get_license_as_of(
            self._deps,
            rpc.actor(),
            license_id=uuid_of(request.license_id, "license_id"),
            at=moment_of(request, "at_time"),
            known_at=moment_of(request, "known_time"),
        )
        state = found.answer.state
        return license_pb2.GetLicenseAsOfResponse(
            state=STATES[state] if state else license_pb2.LICENSE_STATE_UNSPECIFIED,
            license=license_message(found.found) if found.found else None,
            transitions=[each for version in found.answer.known for each in transition_messages(version)],
        )

    async def ListExpiringLicenses(  # noqa: N802
        self, request: license_pb2.ListExpiringLicensesRequest, _context: _Context
    ) -> license_pb2.ListExpiringLicensesResponse:
        page = await list_expiring_licenses(
            self._deps, rpc.actor(), days=request.days, page_size=request.page_size, page_token=request.page_token
        )
        return license_pb2.ListExpiringLicensesResponse(
            licenses=[license_message(each) for each in page.items], next_page_token=page.next_page_token
        )

    async def _decide(self, request: "_Decision", act: Act, *, level: int = 0) -> license_pb2.License:
        actor = rpc.require(level=level)
        command = DecideLicense(
            request_id=uuid_of(request.request_id, "request_id"),
            license_id=uuid_of(request.license_id, "license_id"),
            act=act,
            reason=request.reason,
            legal_basis=request.legal_basis,
            effective_at=moment_of(request, "effective_time"),
        )
        return license_message(await decide_license(self._deps, actor, command))


_Decision = (
    license_pb2.SuspendLicenseRequest
    | license_pb2.ResumeLicenseRequest
    | license_pb2.RevokeLicenseRequest
    | license_pb2.RescindLicenseRequest
    | license_pb2.CancelLicenseRequest
    | license_pb2.LapseLicenseRequest
    | license_pb2.TransferOutLicenseRequest
)
