"""Calls of e-license."""

import grpc
from pingshan.e_license.v1 import license_pb2, license_pb2_grpc
from pingshan_kit import rpc
from pingshan_kit.settings import ServiceSettings


class ELicense:
    """Calls e-license; raises Unavailable where e-license cannot be reached, RemoteError where it refuses."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._channel = rpc.channel(settings, "e-license")
        self._licenses = license_pb2_grpc.LicenseServiceStub(self._channel)

    async def holder_code(self, license_id: str) -> str:
        """Returns the unified social credit code or person number of the licence's holder."""
        request = license_pb2.GetLicenseHolderRequest(license_id=license_id)
        try:
            answer = await self._licenses.GetLicenseHolder(request)
        except grpc.aio.AioRpcError as error:
            rpc.raise_from(error)
        code: str = answer.holder_code
        return code

    async def close(self) -> None:
        await self._channel.close(None)
