"""What waits and what is missing is said by /readyz and `pingshan doctor`, and no longer once it is there again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

import httpx
from nats.aio.client import Client
from pingshan_kit import clock
from pingshan_kit.events import outbox
from pingshan_kit.jobs import JobKind, enqueue
from pingshan_kit.readiness import Readiness
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import dead_letter
from pingshan_kit.storage.tables import outbox as outbox_table
from pingshan_tools.addresses import Addresses
from pingshan_tools.doctor import backlogs
from sqlalchemy import func, text
from sqlalchemy.engine import make_url

from tests.support.kit.service import Alerts, Message, alert_raised, busy_process, eventually, waiting
from tests.support.platform import TestPlatform


class _Addresses:
    def __init__(self, url: str) -> None:
        self._url = url

    def url(self, _: str) -> str:
        return self._url

    def origin(self, _: str) -> str:
        return self._url


async def doctor(settings: Alerts) -> list[str]:
    """What the doctor finds wrong."""
    addresses = cast("Addresses", _Addresses(settings.public_url))
    return [finding.text async for finding in backlogs(addresses, ["alerts"]) if finding.wrong]


async def readyz(settings: Alerts) -> tuple[int, dict[str, Any]]:
    async with httpx.AsyncClient(timeout=10) as client:
        try:
            answer = await client.get(f"{settings.public_url}/readyz")
        except httpx.TransportError:
            return 0, {"state": {"en": "away", "zh": ""}}
        return answer.status_code, answer.json()


@asynccontextmanager
async def served(platform: TestPlatform, settings: Alerts) -> AsyncIterator[None]:
    process = busy_process(platform.service("alerts", migrated=False))

    async def state() -> str:
        return str((await readyz(settings))[1]["state"]["en"])

    try:
        await eventually(state, "ok", seconds=60)
        yield
    finally:
        process.kill()
        process.wait()


async def alert(database: Database, *, minutes: int) -> None:
    """An event that has waited for so long."""
    event = alert_raised(str(uuid4()))
    async with database.begin() as tx:
        await outbox.publish(tx, event)
        await tx.execute(outbox_table.update().values(created_at=func.now() - timedelta(minutes=minutes)))


async def test_a_missing_stream_is_said_until_it_is_made_again(
    platform: TestPlatform, admin: Client, alerts_settings: Alerts, alerts_database: Database
) -> None:
    async def english() -> str:
        status, facts = await readyz(alerts_settings)
        assert status == 200
        return str(facts["state"]["en"])

    async with served(platform, alerts_settings):
        assert await doctor(alerts_settings) == []
        await admin.jetstream().delete_stream("ALERTS")
        await alert(alerts_database, minutes=14)
        await eventually(english, "degraded: events that wait: 1, the oldest for 14 min, stream ALERTS is missing")
        _, facts = await readyz(alerts_settings)
        assert facts["status"] == "degraded"
        assert facts["state"]["zh"] == "部分可用：1 个事件待发出，最早的已等 14 分钟；消息流 ALERTS 不存在"
        assert facts["figures"]["missing_streams"] == ["ALERTS"]
        [found] = await doctor(alerts_settings)
        assert "stream ALERTS is missing" in found
        await asyncio.to_thread(platform.make_streams)
        await eventually(english, "ok", seconds=20)
        assert await waiting(alerts_database) == 0
        assert await doctor(alerts_settings) == []


async def test_a_missing_consumer_is_said_until_it_is_made_again(
    platform: TestPlatform, admin: Client, alerts_settings: Alerts, alerts_database: Database
) -> None:
    async def missing() -> list[list[str]]:
        figures = (await readyz(alerts_settings))[1]["figures"]
        return [figures["missing_streams"], figures["missing_consumers"]]

    async with served(platform, alerts_settings):
        await admin.jetstream().delete_stream("E_LICENSE")
        consumers = [f"alerts__notify-license-{past}" for past in ("changed", "issued", "revoked")]
        await eventually(missing, [["E_LICENSE"], consumers])
        await asyncio.to_thread(platform.make_streams)
        await eventually(missing, [[], []], seconds=30)


async def test_jobs_and_dead_letters_have_their_ages(alerts_settings: Alerts, alerts_database: Database) -> None:
    readiness = Readiness("alerts", alerts_database)
    async with alerts_database.begin() as tx:
        for minutes in (7, 50):
            due = clock.now() - timedelta(minutes=minutes)
            await enqueue(tx, JobKind("pigeon", Message), str(minutes), Message(), run_at=due)
        await enqueue(tx, JobKind("later", Message), "1", Message(), run_at=clock.now() + timedelta(hours=1))
        await tx.execute(
            dead_letter.insert().values(
                id=uuid4(),
                source="job",
                handler="pigeon",
                message_id="0",
                subject="pigeon",
                payload=b"",
                headers={},
                code="LOST",
                attempts=1,
                trace_id="",
                died_at=func.now() - timedelta(hours=3),
            )
        )
    ready, facts = await readiness.report()
    assert ready
    assert facts["status"] == "degraded"
    assert facts["state"]["en"] == (
        "degraded: a job pigeon has waited for 50 min, dead letters that wait for a decision: 1, the oldest for 3 h"
    )
    assert [round(age / 60) for age in facts["figures"]["oldest_job_seconds"].values()] == [50]


async def test_a_locked_table_leaves_the_process_ready(
    platform: TestPlatform, alerts_settings: Alerts, alerts_database: Database
) -> None:
    url = make_url(platform.database_admin_url("alerts")).set(drivername="postgresql+asyncpg")
    holding = Database(url, alerts_settings)
    async with holding.begin() as tx:
        await tx.execute(text("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE"))
        ready, facts = await Readiness("alerts", alerts_database).report()
    await holding.close()
    assert ready
    assert facts["state"] == {"zh": "部分可用：待处理的数据读不出来", "en": "degraded: what waits cannot be read"}
