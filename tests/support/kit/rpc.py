"""e-license's LicenseService as a real gRPC server that behaves as a test says, and siblings that call it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, ClassVar, Self

from pingshan.e_license.v1 import license_pb2, license_pb2_grpc
from pingshan_kit.errors import ErrorTable
from pingshan_kit.rpc import RpcServer, channel
from pingshan_kit.settings import ServiceSettings
from pydantic_settings import SettingsConfigDict

Behavior = Callable[[Any], Awaitable[None]]


class Workflow(ServiceSettings):
    service: ClassVar[str] = "workflow"
    model_config = SettingsConfigDict(env_prefix="PINGSHAN_WORKFLOW_")


class WifiPortal(ServiceSettings):
    service: ClassVar[str] = "wifi-portal"
    model_config = SettingsConfigDict(env_prefix="PINGSHAN_WIFI_PORTAL_")


class Licenses(license_pb2_grpc.LicenseServiceServicer):
    """Every method runs `behavior`."""

    def __init__(self) -> None:
        self.behavior: Behavior = self.answer

    async def answer(self, _request: Any) -> None:
        """Nothing to say, and no refusal."""

    async def GetLicense(self, request: Any, context: Any) -> Any:  # noqa: N802
        await self.behavior(request)
        return license_pb2.GetLicenseResponse()

    async def GetLicenseHolder(self, request: Any, context: Any) -> Any:  # noqa: N802
        await self.behavior(request)
        return license_pb2.GetLicenseHolderResponse()

    async def IssueLicense(self, request: Any, context: Any) -> Any:  # noqa: N802
        await self.behavior(request)
        return license_pb2.IssueLicenseResponse()

    async def SearchLicenses(self, request: Any, context: Any) -> Any:  # noqa: N802
        await self.behavior(request)
        return license_pb2.SearchLicensesResponse()

    async def RevokeLicense(self, request: Any, context: Any) -> Any:  # noqa: N802
        await self.behavior(request)
        return license_pb2.RevokeLicenseResponse()


class Tunnel:
    """A port that leads to another one, until all connections through it are cut; the next ones go through again."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._open: list[asyncio.StreamWriter] = []
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()

    def cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._target)
        self._open += [writer, inner_writer]
        await asyncio.gather(_pass_on(reader, inner_writer), _pass_on(inner_reader, writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def serving(settings: ServiceSettings, licenses: Licenses, errors: ErrorTable) -> AsyncIterator[RpcServer]:
    server = RpcServer(settings, [partial(license_pb2_grpc.add_LicenseServiceServicer_to_server, licenses)], errors)
    task = asyncio.create_task(server.run())
    await server.started.wait()
    try:
        yield server
    finally:
        await server.stop()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def calling(settings: ServiceSettings) -> AsyncIterator["license_pb2_grpc.LicenseServiceAsyncStub"]:
    async with channel(settings, "e-license") as connection:
        yield license_pb2_grpc.LicenseServiceStub(connection)
