"""identity and e-license as real gRPC servers with steerable answers."""

from collections import Counter
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import grpc
from google.protobuf.json_format import MessageToDict
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status
from pingshan.e_license.v1 import license_pb2, license_pb2_grpc
from pingshan.identity.v1 import (
    organisation_pb2,
    organisation_pb2_grpc,
    person_pb2,
    person_pb2_grpc,
    token_pb2,
    token_pb2_grpc,
)


class FakeLicenses(license_pb2_grpc.LicenseServiceServicer):
    """`held`: (holder, type) of valid licences; `refusals`: reasons to answer with, first come first served."""

    def __init__(self) -> None:
        self.held: set[tuple[str, str]] = set()
        self.issued: dict[str, license_pb2.License] = {}
        self.calls: Counter[str] = Counter()
        self.refusals: list[str] = []
        self.away = False

    async def SearchLicenses(  # noqa: N802
        self, request: license_pb2.SearchLicensesRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> license_pb2.SearchLicensesResponse:
        if self.away:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        if (request.holder_code, request.type) not in self.held:
            return license_pb2.SearchLicensesResponse()
        found = license_pb2.License(
            license_id="held", type=request.type, state=license_pb2.LICENSE_STATE_VALID, holder_code=request.holder_code
        )
        return license_pb2.SearchLicensesResponse(licenses=[found])

    async def IssueLicense(  # noqa: N802
        self, request: license_pb2.IssueLicenseRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> license_pb2.IssueLicenseResponse:
        self.calls[f"{request.case_id}/{request.type}"] += 1
        if self.refusals:
            await refuse(context, self.refusals.pop(0))
        if request.request_id not in self.issued:
            self.issued[request.request_id] = license_pb2.License(
                license_id=str(uuid5(NAMESPACE_URL, request.request_id)),
                identifier=f"1.2.156.3005.2.{request.serial_number}.{request.type}",
                type=request.type,
                type_name_zh={"food-business-permit": "食品经营许可证"}.get(request.type, request.type),
                type_name_en=request.type,
                serial_number=request.serial_number,
                holder_name=request.holder_name,
                holder_code=request.holder_code,
                attributes=request.attributes,
                case_id=request.case_id,
                state=license_pb2.LICENSE_STATE_VALID,
            )
        return license_pb2.IssueLicenseResponse(license=self.issued[request.request_id])

    def of_case(self, case_id: str) -> dict[str, dict[str, Any]]:
        """Attributes by type of what was issued for a case."""
        return {
            found.type: MessageToDict(found.attributes) for found in self.issued.values() if found.case_id == case_id
        }


class FakeIdentity(
    organisation_pb2_grpc.OrganisationServiceServicer,
    person_pb2_grpc.PersonServiceServicer,
    token_pb2_grpc.TokenServiceServicer,
):
    async def IntrospectToken(  # noqa: N802
        self, request: token_pb2.IntrospectTokenRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> token_pb2.IntrospectTokenResponse:
        return token_pb2.IntrospectTokenResponse(active=True)

    async def ListOrganisations(  # noqa: N802
        self, request: organisation_pb2.ListOrganisationsRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> organisation_pb2.ListOrganisationsResponse:
        names = {"amr": "市场监管局", "urban": "城管局", "fire": "消防救援大队", "water": "水务局"}
        return organisation_pb2.ListOrganisationsResponse(
            organisations=[
                organisation_pb2.Organisation(code=code, name_zh=name, name_en=code.upper())
                for code, name in names.items()
            ]
        )

    async def ListPersonsByPost(  # noqa: N802
        self, request: person_pb2.ListPersonsByPostRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> person_pb2.ListPersonsByPostResponse:
        person = person_pb2.Person(person_id=f"p-{request.organisation}", display_name="林小满", realm="staff")
        return person_pb2.ListPersonsByPostResponse(persons=[person])


async def refuse(context: grpc.aio.ServicerContext[Any, Any], reason: str) -> None:
    status = status_pb2.Status(code=code_pb2.FAILED_PRECONDITION, message=reason)
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason=reason, domain="e-license.pingshan"))
    answer = rpc_status.to_status(status)
    await context.abort(answer.code, answer.details, answer.trailing_metadata)
