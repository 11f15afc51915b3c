"""Calls of e-license: whether an applicant holds a licence, and the issue of one."""

from uuid import NAMESPACE_URL, uuid5

import grpc
from google.protobuf.struct_pb2 import Struct
from pingshan.e_license.v1 import license_pb2, license_pb2_grpc
from pingshan_kit import rpc

from pingshan_workflow.domain.cases.applicant import holder_code_type
from pingshan_workflow.domain.cases.case import IssuedLicense, IssueLicense


class Licenses:
    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = license_pb2_grpc.LicenseServiceStub(channel)

    async def holds(self, holder_code: str, license_type: str) -> bool:
        """Returns True if the holder has a valid licence of this type today. Raises Unavailable, RemoteError."""
        request = license_pb2.SearchLicensesRequest(holder_code=holder_code, type=license_type, page_size=200)
        async for page in rpc.every_page(self._stub.SearchLicenses, request):
            if any(found.state == license_pb2.LICENSE_STATE_VALID for found in page.licenses):
                return True
        return False

    async def issue(self, order: IssueLicense) -> IssuedLicense:
        """Issues the licence of this case and node; a second call returns the same one.

        Raises Unavailable, RemoteError.
        """
        attributes = Struct()
        attributes.update(dict(order.attributes))
        request = license_pb2.IssueLicenseRequest(
            request_id=str(uuid5(NAMESPACE_URL, f"pingshan:case/{order.case_id}/{order.node}")),
            type=order.license_type,
            serial_number=order.case_id.replace("-", ""),
            holder_name=order.holder_name,
            holder_code=order.holder_code,
            holder_code_type=holder_code_type(order.holder_code),
            attributes=attributes,
            case_id=order.case_id,
        )
        try:
            answer = await self._stub.IssueLicense(request)
        except grpc.aio.AioRpcError as error:
            rpc.raise_from(error)
        found = answer.license
        return IssuedLicense(found.license_id, found.identifier, found.type, found.type_name_zh, found.type_name_en)
