"""Fixtures of the folders `tests/*/e-license` above unit level."""

from collections.abc import AsyncIterator

import grpc
import pytest
from pingshan_e_license.service import dependencies
from pingshan_e_license.settings import Settings
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_kit.storage.database import Database

from tests.support.e_license.service import RunningService, run_e_license, sibling_channel
from tests.support.platform import TestPlatform


@pytest.fixture(scope="module")
async def running(platform: TestPlatform) -> AsyncIterator[RunningService]:
    async with run_e_license(platform) as service:
        yield service


@pytest.fixture(scope="module")
async def workflow(platform: TestPlatform, running: RunningService) -> AsyncIterator[grpc.aio.Channel]:
    """A channel as workflow opens it."""
    async with sibling_channel(platform, "workflow") as channel:
        yield channel


@pytest.fixture(scope="module")
async def anybody(running: RunningService) -> AsyncIterator[grpc.aio.Channel]:
    """A bare channel: who calls says so with an access token."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{running.settings.grpc_port}") as channel:
        yield channel


@pytest.fixture(scope="module")
async def given(platform: TestPlatform) -> AsyncIterator[Dependencies]:
    """The bundle of the use cases alone, without a process around it."""
    settings = platform.service("e-license", seeded=True).settings(Settings)
    database = Database.from_settings(settings)
    made, close = dependencies(settings, database)
    yield made
    await close()
    await database.close()
