"""What the relay survives: being killed anywhere, losing its lock, and a second one beside it."""

import asyncio

import asyncpg
from nats.aio.client import Client
from pingshan_events.e_license import LicenseIssued
from pingshan_kit.events.bus import Bus, Consumer
from pingshan_kit.events.relay import Relay
from pingshan_kit.events.signatures import event_id_of
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import event_log
from sqlalchemy import func, select

from tests.support.kit.service import (
    Alerts,
    ELicense,
    effects,
    eventually,
    issue,
    killed,
    note,
    process,
    running,
    waiting,
)
from tests.support.platform import TestPlatform

HOLDER = """
SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
WHERE locktype = 'advisory' AND granted AND datname = current_database()
"""


async def logged(database: Database) -> int:
    async with database.read() as tx:
        return (await tx.execute(select(func.count()).select_from(event_log))).scalar_one()


async def moved(database: Database, at_least: int) -> bool:
    return await logged(database) >= at_least


async def stored(admin: Client) -> int:
    """Messages in the stream."""
    return (await admin.jetstream().stream_info("E_LICENSE")).state.messages


def listening(settings: Alerts, database: Database) -> Bus:
    return Bus(settings, database, [Consumer("notify-license-issued", LicenseIssued, note)], [])


async def test_a_kill_between_commit_and_publish_loses_nothing(
    platform: TestPlatform,
    admin: Client,
    settings: ELicense,
    database: Database,
    alerts_settings: Alerts,
    alerts_database: Database,
) -> None:
    await killed(process(platform.service("e-license"), "commit_and_die"))
    assert (await waiting(database), await stored(admin)) == (20, 0)
    async with running(Relay(settings, database), listening(alerts_settings, alerts_database)):
        await eventually(lambda: effects(alerts_database), 20)
        await eventually(lambda: waiting(database), 0)
    assert await stored(admin) == 20


async def test_a_kill_between_publish_and_move_repeats_nothing(
    platform: TestPlatform, admin: Client, settings: ELicense, database: Database
) -> None:
    await issue(database, 50)
    await killed(process(platform.service("e-license"), "publish_and_die"))
    assert await stored(admin) >= 10
    assert (await waiting(database), await logged(database)) == (50, 0)
    async with running(Relay(settings, database)):
        await eventually(lambda: waiting(database), 0)
    assert (await stored(admin), await logged(database)) == (50, 50)


async def test_killed_at_random_under_load_every_committed_event_arrives_once(
    platform: TestPlatform,
    admin: Client,
    settings: ELicense,
    database: Database,
    alerts_settings: Alerts,
    alerts_database: Database,
) -> None:
    async with running(listening(alerts_settings, alerts_database)):
        for delay in (0.0, 0.13, 0.29):
            before = await logged(database)
            busy = process(platform.service("e-license"), "issue_and_relay")
            await eventually(lambda: moved(database, before + 50), seconds=60)  # noqa: B023 - awaited at once
            await asyncio.sleep(delay)
            busy.kill()
            busy.wait()
        async with running(Relay(settings, database)):
            await eventually(lambda: waiting(database), 0)
        committed = await logged(database)
        await eventually(lambda: effects(alerts_database), committed, seconds=30)
    assert await stored(admin) == committed


async def test_a_relay_that_loses_its_lock_takes_it_again(
    platform: TestPlatform, admin: Client, settings: ELicense, database: Database
) -> None:
    server = await asyncpg.connect(platform.database_admin_url("e-license"))
    async with running(Relay(settings, database)):
        await issue(database, 20)
        await eventually(lambda: waiting(database), 0)
        holder = await server.fetchval(HOLDER)
        await server.execute("SELECT pg_terminate_backend($1)", holder)
        await issue(database, 20, first=21)
        await eventually(lambda: waiting(database), 0)
        assert await server.fetchval(HOLDER) not in {None, holder}
    await server.close()
    assert (await stored(admin), await logged(database)) == (40, 40)


async def test_two_relays_publish_everything_once_and_a_follower_wakes_the_leader(
    admin: Client, settings: ELicense, database: Database
) -> None:
    other = Database.from_settings(settings)
    async with running(Relay(settings, database)):
        await eventually(lambda: waiting(database), 0)
        async with running(Relay(settings, other)):
            await asyncio.gather(issue(database, 50), issue(other, 50, first=51))
            await eventually(lambda: waiting(database), 0)
            start = asyncio.get_running_loop().time()
            for number in range(10):
                await issue(other, 1, first=200 + number)
                await eventually(lambda: waiting(database), 0)
            assert asyncio.get_running_loop().time() - start < 5, "each event waited for the slow poll"
    await other.close()
    assert (await stored(admin), await logged(database)) == (110, 110)


async def test_the_order_of_positions_is_the_order_of_the_stream(
    admin: Client, settings: ELicense, database: Database
) -> None:
    events = await issue(database, 300)
    async with running(Relay(settings, database)):
        await eventually(lambda: waiting(database), 0)
    first = (await admin.jetstream().stream_info("E_LICENSE")).state.first_seq
    messages = [await admin.jetstream().get_msg("E_LICENSE", first + number) for number in range(300)]
    assert [event_id_of(message.headers or {}) for message in messages] == [str(event.event_id) for event in events]
