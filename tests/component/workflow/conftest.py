"""workflow on real Temporal, PostgreSQL and NATS; identity and e-license as real gRPC servers that a test can steer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any

import grpc
import pytest
from pingshan.e_license.v1 import license_pb2_grpc
from pingshan.identity.v1 import organisation_pb2_grpc, person_pb2_grpc
from pingshan_kit import rpc
from pingshan_kit.crypto import PersonalData
from pingshan_kit.database import Database
from pingshan_workflow.clients.cases import TemporalCases
from pingshan_workflow.clients.directory import Directory
from pingshan_workflow.clients.licenses import Licenses
from pingshan_workflow.entrypoints.worker import run_worker
from pingshan_workflow.settings import Settings
from pingshan_workflow.usecases.dependencies import Dependencies

from tests.component.workflow.counter import Counter
from tests.component.workflow.siblings import FakeIdentity, FakeLicenses
from tests.support.platform import BoundService


@pytest.fixture(scope="module")
def bound(temporal_namespace: str, platform_settings: Callable[..., BoundService]) -> BoundService:
    return platform_settings("workflow", seeded=True)


@pytest.fixture(scope="module")
def settings(bound: BoundService) -> Settings:
    return bound.settings(Settings)


@pytest.fixture(scope="module")
async def licenses(settings: Settings) -> AsyncIterator[FakeLicenses]:
    fake = FakeLicenses()
    server = grpc.aio.server()
    license_pb2_grpc.add_LicenseServiceServicer_to_server(fake, server)
    server.add_insecure_port(settings.rpc_e_license)
    await server.start()
    yield fake
    await server.stop(0)


@pytest.fixture(scope="module")
async def identity(settings: Settings) -> AsyncIterator[FakeIdentity]:
    fake = FakeIdentity()
    server = grpc.aio.server()
    organisation_pb2_grpc.add_OrganisationServiceServicer_to_server(fake, server)
    person_pb2_grpc.add_PersonServiceServicer_to_server(fake, server)
    server.add_insecure_port(settings.rpc_identity)
    await server.start()
    yield fake
    await server.stop(0)


@pytest.fixture(scope="module")
async def given(settings: Settings, licenses: FakeLicenses, identity: FakeIdentity) -> AsyncIterator[Dependencies]:
    to_identity, to_licenses = rpc.channel(settings, "identity"), rpc.channel(settings, "e-license")
    dependencies = Dependencies(
        database=Database.from_settings(settings),
        personal=PersonalData.from_settings(settings),
        flights=TemporalCases(settings),
        licenses=Licenses(to_licenses),
        directory=Directory(to_identity),
    )
    yield dependencies
    await dependencies.database.close()
    await to_identity.close()
    await to_licenses.close()


@dataclass
class WorkerHandle:
    start: Callable[[], asyncio.Task[None]]
    task: asyncio.Task[None]

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@pytest.fixture(scope="module")
async def worker(given: Dependencies) -> AsyncIterator[WorkerHandle]:
    async def connect() -> Any:
        return await given.flights.connect(lazy=False)

    def start() -> asyncio.Task[None]:
        return asyncio.create_task(run_worker(connect, given))

    handle = WorkerHandle(start, start())
    yield handle
    await handle.stop()


@pytest.fixture
def counter(given: Dependencies) -> Counter:
    """Files and decides, as people of the district do."""
    return Counter(replace(given))
