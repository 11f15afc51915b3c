"""Somebody holds the kit's tables locked for longer than any statement may take: the process waits, and goes on."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from uuid import uuid4

import httpx
import pytest
from nats.aio.client import Client
from pingshan_events.alerts import AlertRaised
from pingshan_kit import audit_log
from pingshan_kit.errors import Unavailable
from pingshan_kit.events import outbox
from pingshan_kit.jobs import enqueue
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import command, dead_letter, event_log, job, record_seal
from pingshan_values.actor import ANONYMOUS
from sqlalchemy import Table, func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.events import publish_event
from tests.support.kit.service import SEND, Alerts, Message, alert_raised, busy_process, eventually, license_issued
from tests.support.platform import TestPlatform

HELD_SECONDS = 7
"""Several times the limits below, which are no shorter so that a busy machine keeps within them in all the rest: what
ends for their sake is tried again later, and counts as a try where it is the handler's own."""
PATIENCE = 90
HELD = "LOCK TABLE outbox, event_log, job, inbox, dead_letter, record, record_pending, record_seal"


async def take_all(tx: AsyncConnection) -> None:
    """Takes the locks one after the other, and anew where a transaction took two of these tables in another order."""
    for _ in range(20):
        with suppress(Unavailable, DBAPIError):
            async with tx.begin_nested():
                await tx.execute(text(f"{HELD} IN ACCESS EXCLUSIVE MODE"))
                return
    raise AssertionError("a deadlock each time")


@asynccontextmanager
async def busy(platform: TestPlatform, settings: Alerts, **limits: str) -> AsyncIterator["subprocess.Popen[bytes]"]:
    """The process of `busy_process`, ready, under these limits of PostgreSQL."""
    process = busy_process(platform.service("alerts", migrated=False), **limits)
    try:
        await eventually(partial(is_up, settings), seconds=PATIENCE)
        yield process
    finally:
        process.kill()
        process.wait()


async def is_up(settings: Alerts) -> bool:
    """Also where it calls itself degraded: what a busy machine makes late is nothing to wait for."""
    try:
        async with httpx.AsyncClient() as client:
            return (await client.get(f"{settings.public_url}/readyz")).status_code == 200
    except httpx.HTTPError:
        return False


async def rows(database: Database, table: Table, *where: object) -> int:
    async with database.read() as tx:
        return (await tx.execute(select(func.count()).select_from(table).where(*where))).scalar_one()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "limits",
    [
        {"statement_timeout": "2", "lock_timeout": "20"},
        {"statement_timeout": "20", "lock_timeout": "2"},
        {"statement_timeout": "2", "lock_timeout": "20", "pool_size": "1", "pool_overflow": "0", "pool_wait": "1"},
    ],
    ids=["57014", "55P03", "pool"],
)
async def test_locked_tables_end_no_process(
    platform: TestPlatform,
    admin: Client,
    database: Database,
    alerts_settings: Alerts,
    alerts_database: Database,
    limits: dict[str, str],
) -> None:
    url = make_url(platform.database_admin_url("alerts")).set(drivername="postgresql+asyncpg")
    holding = Database(url, alerts_settings)
    async with alerts_database.begin() as tx:
        await tx.execute(command.delete())
    sealed = await rows(alerts_database, record_seal)
    async with busy(platform, alerts_settings, **limits) as process:
        async with holding.begin() as tx:
            await take_all(tx)
            await publish_event(admin, platform.addresses.secrets, license_issued())
            await outbox.publish(tx, alert_raised(str(uuid4())))
            await enqueue(tx, SEND, "1", Message())
            await audit_log.append(tx, actor=ANONYMOUS, act="lock", subject="table", details={})
            await asyncio.sleep(HELD_SECONDS)
        raised = event_log.c.subject == AlertRaised.subject  # the sealer publishes heads of its own
        await eventually(lambda: rows(alerts_database, event_log, raised), 1, seconds=PATIENCE)
        await eventually(lambda: rows(alerts_database, command), 2, seconds=PATIENCE)
        done = (job.c.state == "done", job.c.kind == "send")
        await eventually(lambda: rows(alerts_database, job, *done), 1, seconds=PATIENCE)
        await eventually(lambda: rows(alerts_database, record_seal), sealed + 1, seconds=PATIENCE)
        assert process.poll() is None
    assert await rows(alerts_database, dead_letter) == 0
    await holding.close()
