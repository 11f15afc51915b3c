"""A service watches under few fixed names: many at once, each free again in seconds, and said where none is left."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import nats
import pytest
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig
from pingshan_events.alerts import AlertRaised
from pingshan_events.watch_names import WATCHES_AT_ONCE, watch_names
from pingshan_kit.events import outbox
from pingshan_kit.events.bus import Bus, OrderedConsumer
from pingshan_kit.events.relay import Relay
from pingshan_kit.ids import uuid7
from pingshan_kit.readiness import Readiness
from pingshan_kit.storage.database import Database
from pingshan_tools.doctor import Finding, consumers

from tests.support.kit.service import Alerts, alert_raised, eventually, running
from tests.support.platform import TestPlatform

NAMES = watch_names("alerts", AlertRaised.subject)
CHINESE = "事件 alerts.alert.raised.v1 收听不到（NO_FREE_NAME）"
ENGLISH = "alerts.alert.raised.v1 cannot be watched (NO_FREE_NAME)"


def bus_of(settings: Alerts, database: Database, *, watches: int, seen: list[str]) -> Bus:
    async def show(event: AlertRaised) -> None:
        seen.append(event.alert_id)

    return Bus(settings, database, [], [OrderedConsumer(AlertRaised, show)] * watches)


async def ready(buses: Sequence[Bus]) -> bool:
    return all(bus.ready.is_set() for bus in buses)


async def taken(admin: Client) -> list[str]:
    return sorted(each.name for each in await admin.jetstream().consumers_info("ALERTS") if each.name in NAMES)


async def doctor(admin: Client) -> list[Finding]:
    return [finding async for finding in consumers(admin) if finding.wrong]


@asynccontextmanager
async def held(platform: TestPlatform) -> AsyncIterator[Client]:
    """Whoever holds alerts' password takes every name; its connection breaks at the end, as of a process that dies."""
    client = await nats.connect(platform.addresses.nats, **platform.nats_user("alerts"), allow_reconnect=False)
    await client.subscribe("_INBOX.alerts.held")
    for name in NAMES:
        config = ConsumerConfig(
            name=name,
            deliver_subject="_INBOX.alerts.held",
            filter_subject=AlertRaised.subject,
            ack_policy=AckPolicy.NONE,
            inactive_threshold=5,
            mem_storage=True,
        )
        await client.jetstream().add_consumer("ALERTS", config)
    try:
        yield client
    finally:
        client._transport._io_writer.transport.abort()  # type: ignore[union-attr] # noqa: SLF001


async def test_every_name_serves_one_watch_of_several_processes(
    admin: Client, alerts_settings: Alerts, alerts_database: Database
) -> None:
    each: list[list[str]] = [[] for _ in range(4)]
    buses = [bus_of(alerts_settings, alerts_database, watches=WATCHES_AT_ONCE // 4, seen=seen) for seen in each]
    alert_id = str(uuid7())

    async def shown() -> set[int]:
        return {seen.count(alert_id) for seen in each}

    async with running(*buses, Relay(alerts_settings, alerts_database)):
        await eventually(lambda: ready(buses))
        assert await taken(admin) == sorted(NAMES)
        event = alert_raised(alert_id)
        async with alerts_database.begin() as tx:
            await outbox.publish(tx, event)
        await eventually(shown, {WATCHES_AT_ONCE // 4})
    await eventually(lambda: taken(admin), [], seconds=10)


async def test_where_no_name_is_left_it_is_said_until_one_is_free(
    platform: TestPlatform, admin: Client, alerts_settings: Alerts, alerts_database: Database
) -> None:
    bus = bus_of(alerts_settings, alerts_database, watches=1, seen=[])
    readiness = Readiness("alerts", alerts_database)
    readiness.parts["events"] = readiness.figures.bus = bus

    async def said() -> tuple[bool, bool, str]:
        _, facts = await readiness.report()
        zh, en = facts["state"]["zh"], facts["state"]["en"]
        return CHINESE in zh, ENGLISH in en, facts["figures"]["unwatched"].get(AlertRaised.subject, "")

    async with held(platform):
        task = asyncio.create_task(bus.run())
        await eventually(said, (True, True, "NO_FREE_NAME"))
        [finding] = await doctor(admin)
        assert finding.text == f"alerts: no free name to watch alerts.alert.raised.v1 ({WATCHES_AT_ONCE} taken)"
        assert not bus.ready.is_set()
    died = time.monotonic()
    await eventually(lambda: ready([bus]))
    assert time.monotonic() - died < 10, "the names of a process that died are free within seconds"
    assert await said() == (False, False, "")
    assert await doctor(admin) == []
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_doctor_names_consumers_that_nobody_declares(admin: Client, alerts_settings: Alerts) -> None:
    name = f"many{uuid7().hex}"
    await admin.jetstream().add_consumer("ALERTS", ConsumerConfig(name=name, durable_name=name))
    [finding] = await doctor(admin)
    assert "stream ALERTS" in finding.text
    assert name in finding.wrong
    await admin.jetstream().delete_consumer("ALERTS", name)
    assert await doctor(admin) == []
