"""Fixtures of the folders `tests/*/alerts` above unit level."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pingshan_alerts.settings import Settings
from pingshan_kit.storage.database import Database

from tests.support.alerts.service import Carrier, Rows, Siblings, carrier_of, siblings_of
from tests.support.platform import BoundService, TestPlatform
from tests.support.tokens import TokenIssuer

MINUTE = "60.0"


@pytest.fixture(scope="module")
def bound(platform: TestPlatform) -> BoundService:
    return platform.service("alerts", seeded=True)


@pytest.fixture(scope="module")
def settings(bound: BoundService) -> Settings:
    return bound.settings(Settings)


@pytest.fixture(scope="module")
async def siblings(bound: BoundService) -> AsyncIterator[Siblings]:
    async with siblings_of(bound.fields) as siblings:
        yield siblings


@pytest.fixture(scope="module")
async def carrier(platform: TestPlatform, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Carrier]:
    folder: Path = tmp_path_factory.mktemp("carrier")
    carrier = carrier_of(platform, folder)
    await carrier.start()
    yield carrier
    await carrier.stop()


@pytest.fixture(scope="module")
def detector(identity_tokens: TokenIssuer) -> dict[str, str]:
    return identity_tokens.bearer("alerts", "detector", person="video-analyser", client_id="video-analyser", sid=None)


@pytest.fixture(scope="module")
async def api(
    platform: TestPlatform, siblings: Siblings, carrier: Carrier, request: pytest.FixtureRequest
) -> AsyncIterator[httpx.AsyncClient]:
    """The running service. A module's `SETTINGS` are its changed settings."""
    changed: dict[str, str] = getattr(request.module, "SETTINGS", {})
    platform.start("alerts", **changed)
    async with httpx.AsyncClient(base_url=platform.addresses.url("alerts"), trust_env=False, timeout=15) as client:
        yield client


@pytest.fixture(scope="module")
async def database(settings: Settings, api: httpx.AsyncClient) -> AsyncIterator[Database]:
    database = Database.from_settings(settings)
    yield database
    await database.close()


@pytest.fixture(scope="module")
def rows(platform: TestPlatform) -> Rows:
    return Rows(platform.database_admin_url("alerts").replace("+asyncpg", ""))
