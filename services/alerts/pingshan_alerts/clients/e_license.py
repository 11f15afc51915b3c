"""What alerts asks of e-license: whose licence it is."""

from dataclasses import dataclass, field

import grpc
from pingshan.e_license.v1 import license_pb2, license_pb2_grpc
from pingshan_kit import rpc
from pingshan_kit.settings import ServiceSettings


@dataclass(frozen=True, slots=True)
class IssuedLicense:
    """What an SMS about a licence needs."""

    identifier: str
    type_name_zh: str
    type_name_en: str
    holder_code: str = field(repr=False)


class ELicense:
    """Raises Unavailable where e-license is away."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._channel = rpc.channel(settings, "e-license")
        self._licenses = license_pb2_grpc.LicenseServiceStub(self._channel)

    async def license(self, license_id: str) -> IssuedLicense:
        try:
            answer = await self._licenses.GetLicense(license_pb2.GetLicenseRequest(license_id=license_id))
        except grpc.aio.AioRpcError as error:
            rpc.raise_from(error)
        found = answer.license
        return IssuedLicense(found.identifier, found.type_name_zh, found.type_name_en, found.holder_code)

    async def close(self) -> None:
        await self._channel.close(None)
