"""Fixtures around a wifi-portal process; the conftest.py of a folder imports those it wants."""

import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from pingshan_kit.storage.database import Database
from pingshan_wifi_portal.settings import Settings

from tests.support.alerts.fake import FakeAlerts
from tests.support.platform import BoundService, TestPlatform
from tests.support.wifi_portal.visitor import Visitor, browser, controllers


@pytest.fixture(scope="module")
def bound(platform_settings: Callable[..., BoundService]) -> BoundService:
    return platform_settings("wifi-portal", seeded=True)


@pytest.fixture(scope="module")
async def database(bound: BoundService) -> AsyncIterator[Database]:
    database = Database.from_settings(bound.settings(Settings))
    yield database
    await database.close()


@pytest.fixture(scope="module")
async def alerts(bound: BoundService) -> AsyncIterator[FakeAlerts]:
    fake = await FakeAlerts(bound.fields["rpc_alerts"]).start()
    yield fake
    await fake.stop()


@pytest.fixture(scope="module")
async def portal(platform: TestPlatform, bound: BoundService, alerts: FakeAlerts) -> AsyncIterator[str]:
    """The portal's address; the whole service runs. What it logged as wrong is shown with a failed test."""
    running = platform.start("wifi-portal")
    yield bound.fields["public_url"]
    lines = running.log_file.read_text(encoding="utf-8", errors="replace").splitlines()
    print(*[line for line in lines if '"level": "error"' in line or not line.startswith("{")][-20:], sep="\n")


@pytest.fixture(scope="module")
async def nas_http(
    bound: BoundService, portal: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    state: Path = tmp_path_factory.mktemp("controllers") / "devices.json"
    async with controllers(bound.fields, state) as client:
        yield client


@pytest.fixture
async def visitor(portal: str, nas_http: httpx.AsyncClient) -> AsyncIterator[Callable[..., Visitor]]:
    """Makes visitors, each with a browser and a device of its own."""
    clients = []

    def make(mac: str = "", **place: str) -> Visitor:
        clients.append(browser(portal))
        own = "02:" + ":".join(f"{octet:02X}" for octet in secrets.token_bytes(4)) + ":01"
        return Visitor(clients[-1], nas_http, mac or own, **place)

    yield make
    for client in clients:
        await client.aclose()
