"""Fixtures of workflow: real Temporal, PostgreSQL and NATS; identity and e-license as gRPC servers that a test steers.

A folder's conftest.py takes them over by name.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from secrets import token_urlsafe
from uuid import uuid4

import grpc
import httpx
import pytest
from pingshan.e_license.v1 import license_pb2_grpc
from pingshan.identity.v1 import organisation_pb2_grpc, person_pb2_grpc, token_pb2_grpc
from pingshan_kit import rpc
from pingshan_kit.auth.page_sessions import PageSession, PageSessions
from pingshan_kit.crypto import PersonalData
from pingshan_kit.process.service import Service
from pingshan_kit.storage.database import Database
from pingshan_tools.embedded.temporal import has_worker
from pingshan_values.actor import Actor
from pingshan_workflow.clients.cases import TemporalCases
from pingshan_workflow.clients.directory import Directory
from pingshan_workflow.clients.licenses import Licenses
from pingshan_workflow.domain.cases.execution import QUEUE
from pingshan_workflow.entrypoints.worker import run_worker
from pingshan_workflow.service import build
from pingshan_workflow.settings import Settings
from pingshan_workflow.usecases.dependencies import Dependencies

from tests.support.platform import BoundService
from tests.support.workflow.browser import Browser
from tests.support.workflow.cases import Counter
from tests.support.workflow.siblings import FakeIdentity, FakeLicenses


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
    token_pb2_grpc.add_TokenServiceServicer_to_server(fake, server)
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
        executions=TemporalCases(settings),
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
async def worker(given: Dependencies, settings: Settings) -> AsyncIterator[WorkerHandle]:
    def start() -> asyncio.Task[None]:
        return asyncio.create_task(run_worker(given.executions.connect, given))

    handle = WorkerHandle(start, start())
    await until_polled(settings)
    yield handle
    await handle.stop()


async def until_polled(settings: Settings) -> None:
    """A worker listens: what is filed from now on is taken up at once."""
    for _ in range(600):
        if await has_worker(settings.temporal_address, settings.temporal_namespace, QUEUE):
            return
        await asyncio.sleep(0.1)
    raise TimeoutError


@pytest.fixture
def counter(given: Dependencies) -> Counter:
    """Files and decides, as people of the district do."""
    return Counter(replace(given))


@pytest.fixture(scope="module")
async def service(settings: Settings, licenses: FakeLicenses, identity: FakeIdentity) -> AsyncIterator[Service]:
    """The whole service, HTTP in this process."""
    built = build(settings)
    yield built
    for close in (*built.close, built.database.close):
        await close()


@pytest.fixture(scope="module")
async def rpc_server(service: Service) -> AsyncIterator[None]:
    server = rpc.RpcServer(service.settings, service.grpc, service.errors)
    task = asyncio.create_task(server.run())
    async with grpc.aio.insecure_channel(f"127.0.0.1:{service.settings.grpc_port}") as channel:
        await asyncio.wait_for(channel.channel_ready(), 10)
    yield
    await server.stop()
    await task


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP without a session: for the REST API, and to build browsers on."""
    assert service.http is not None
    transport = httpx.ASGITransport(service.http)
    async with httpx.AsyncClient(transport=transport, base_url=service.settings.public_url) as found:
        yield found


@pytest.fixture
def browser(service: Service, client: httpx.AsyncClient) -> Callable[..., Awaitable[Browser]]:
    """`await browser(actor)`: signed in by a real page session; without an actor: nobody."""

    async def signed_in(actor: Actor | None = None) -> Browser:
        made = Browser(client)
        if actor is not None:
            session = PageSession(replace(actor, session_id=str(uuid4())), "id-token")
            cookie = token_urlsafe(32)
            await PageSessions(service.settings, service.database).begin(cookie, session)
            made.cookies["__Host-pingshan-workflow"] = cookie
        return made

    return signed_in
