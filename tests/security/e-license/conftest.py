from collections.abc import AsyncIterator

import grpc
import pytest

from tests.support.e_license_service import RunningService, run_e_license, sibling_channel
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
