"""Fixtures of the kit's tests: a publisher and a consumer with a database each."""

from collections.abc import AsyncIterator, Iterator

import nats
import pytest
import structlog
from nats.aio.client import Client
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import command, dead_letter, event_log, inbox, intake, job, outbox

from tests.support.kit.service import Alerts, ELicense, kit_database
from tests.support.platform import TestPlatform

_EMPTIED = (outbox, event_log, inbox, dead_letter, command, job, intake)


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> Iterator[None]:
    """structlog's own default draws a picture of every traceback, which takes longer than what is tested."""
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def settings(platform: TestPlatform) -> ELicense:
    return platform.service("e-license", migrated=False).settings(ELicense)


@pytest.fixture(scope="module")
def alerts_settings(platform: TestPlatform) -> Alerts:
    return platform.service("alerts", migrated=False).settings(Alerts)


@pytest.fixture(scope="module")
async def publisher(platform: TestPlatform) -> AsyncIterator[Database]:
    async with kit_database(platform, ELicense) as database:
        yield database


@pytest.fixture(scope="module")
async def subscriber(platform: TestPlatform) -> AsyncIterator[Database]:
    async with kit_database(platform, Alerts) as database:
        yield database


@pytest.fixture
async def database(publisher: Database, admin: Client) -> Database:
    """e-license's; empty before each test, its stream too."""
    await _empty(publisher)
    await admin.jetstream().purge_stream("E_LICENSE")
    return publisher


@pytest.fixture
async def alerts_database(subscriber: Database, admin: Client) -> Database:
    """alerts'; empty before each test, its stream too."""
    await _empty(subscriber)
    await admin.jetstream().purge_stream("ALERTS")
    return subscriber


@pytest.fixture
async def admin(platform: TestPlatform) -> AsyncIterator[Client]:
    """A connection as the deploy step's user."""
    client = await nats.connect(platform.addresses.nats, **platform.nats_admin())
    yield client
    await client.close()


async def _empty(database: Database) -> None:
    async with database.begin() as tx:
        for table in _EMPTIED:
            await tx.execute(table.delete())
