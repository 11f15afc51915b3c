"""What a consumer survives: its own errors, poison, being killed, and having its durable taken away."""

import asyncio
import time

import nats
import pytest
from nats.aio.client import Client
from pingshan_events.e_license import LicenseIssued
from pingshan_kit.errors import NotFound
from pingshan_kit.events.bus import Bus, Consumer, dead_letters
from pingshan_kit.events.dead_letters import RetryFailedError
from pingshan_kit.events.relay import Relay
from pingshan_kit.events.signatures import MESSAGE_ID
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import dead_letter
from pingshan_values.actor import Actor, ActorKind
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.events import publish_event, publish_signed
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

DURABLE = "alerts__notify-license-issued"
SOON = (0.05, 0.05, 0.05)
OPERATOR = Actor(kind=ActorKind.PERSON, person_id="operator", roles=frozenset(("operator",)))


class Faulty:
    """Fails for the events that `fails` names, as often as it says."""

    def __init__(self, times: int, only: str = "") -> None:
        self.times = times
        self.only = only
        self.calls: dict[str, int] = {}

    async def handle(self, tx: AsyncConnection, event: LicenseIssued) -> None:
        await note(tx, event)
        if self.only and event.license_id != self.only:
            return
        self.calls[event.license_id] = self.calls.get(event.license_id, 0) + 1
        if self.calls[event.license_id] <= self.times:
            raise RuntimeError("the handler's own fault")


def consumer(faulty: Faulty) -> Consumer[LicenseIssued]:
    return Consumer("notify-license-issued", LicenseIssued, faulty.handle)


async def dead(database: Database) -> int:
    async with database.read() as tx:
        query = select(func.count()).select_from(dead_letter).where(dead_letter.c.died_at.is_not(None))
        return (await tx.execute(query)).scalar_one()


async def test_a_handler_that_raises_loses_nothing(
    settings: ELicense, database: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    faulty = Faulty(times=1)
    bus = Bus(alerts_settings, alerts_database, [consumer(faulty)], [], retry_seconds=SOON)
    async with running(Relay(settings, database), bus):
        await issue(database, 100)
        await eventually(lambda: effects(alerts_database), 100, seconds=30)
    assert set(faulty.calls.values()) == {2}
    assert await dead(alerts_database) == 0
    async with alerts_database.read() as tx:
        left = (await tx.execute(select(func.count()).select_from(dead_letter))).scalar_one()
    assert left == 0, "what a handler got over by itself is not kept"


async def test_poison_becomes_a_dead_letter_and_holds_nobody_up(
    settings: ELicense, database: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    faulty = Faulty(times=5, only="license-3")
    bus = Bus(alerts_settings, alerts_database, [consumer(faulty)], [], retry_seconds=SOON)
    letters = dead_letters(alerts_settings, alerts_database, [consumer(faulty)])
    async with running(Relay(settings, database), bus):
        await issue(database, 10)
        await eventually(lambda: dead(alerts_database), 1)
        await eventually(lambda: effects(alerts_database), 9)
        await asyncio.sleep(0.5)
    assert faulty.calls["license-3"] == len(SOON) + 1, "no delivery after the last delay"
    [letter] = await letters.open_letters()
    assert (letter.handler, letter.code, letter.attempts) == (DURABLE, "RuntimeError", 4)

    with pytest.raises(RetryFailedError, match="RuntimeError"):
        await letters.retry(OPERATOR, letter.id)
    assert await effects(alerts_database) == 9, "the failed retry left nothing behind"
    await letters.retry(OPERATOR, letter.id)
    assert await effects(alerts_database) == 10
    assert await letters.count() == 0
    with pytest.raises(NotFound):
        await letters.retry(OPERATOR, letter.id)


async def test_a_statement_that_always_takes_too_long_holds_nobody_up(
    settings: ELicense, database: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    impatient = Database.from_settings(alerts_settings.model_copy(update={"database_statement_timeout": 0.2}))

    async def dawdle(tx: AsyncConnection, event: LicenseIssued) -> None:
        await note(tx, event)
        await tx.execute(text(f"SELECT pg_sleep({5 if event.license_id == 'license-1' else 0})"))

    slow = Consumer("notify-license-issued", LicenseIssued, dawdle)
    letters = dead_letters(alerts_settings, alerts_database, [slow])
    async with running(Relay(settings, database), Bus(alerts_settings, impatient, [slow], [], retry_seconds=SOON)):
        await issue(database, 3)
        await eventually(letters.count, 1)
        await eventually(lambda: effects(alerts_database), 2)
    assert [(letter.code, letter.attempts) for letter in await letters.open_letters()] == [("TookTooLong", 4)]
    await impatient.close()


async def test_what_is_no_event_becomes_a_dead_letter_at_once(
    platform: TestPlatform, admin: Client, database: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    faulty = Faulty(times=0)
    letters = dead_letters(alerts_settings, alerts_database, [consumer(faulty)])
    await publish_signed(admin, platform.addresses.secrets, LicenseIssued.subject, uuid7(), b"\xff not JSON")
    async with running(Bus(alerts_settings, alerts_database, [consumer(faulty)], [])):
        await eventually(letters.count, 1)
    [letter] = await letters.open_letters()
    assert letter.code == "InvalidEvent"
    with pytest.raises(ValueError, match="reason"):
        await letters.discard(OPERATOR, letter.id, " ")
    await letters.discard(OPERATOR, letter.id, "published by hand")
    assert await letters.count() == 0


async def test_a_discarded_event_does_not_come_back(
    platform: TestPlatform,
    admin: Client,
    settings: ELicense,
    database: Database,
    alerts_settings: Alerts,
    alerts_database: Database,
) -> None:
    faulty = Faulty(times=4)
    letters = dead_letters(alerts_settings, alerts_database, [consumer(faulty)])
    async with running(Relay(settings, database)):
        [event] = await issue(database, 1)
        async with running(Bus(alerts_settings, alerts_database, [consumer(faulty)], [], retry_seconds=SOON)):
            await eventually(letters.count, 1)
        [letter] = await letters.open_letters()
        await letters.discard(OPERATOR, letter.id, "no longer wanted")
        again = {MESSAGE_ID: f"{event.event_id}.again"}
        await publish_event(admin, platform.addresses.secrets, event, **again)
        async with running(Bus(alerts_settings, alerts_database, [consumer(faulty)], [], retry_seconds=SOON)):
            await issue(database, 1, first=2)
            await eventually(lambda: dead(alerts_database), 2)
    assert faulty.calls["license-1"] == 4
    assert await effects(alerts_database) == 0


async def test_a_deleted_durable_comes_back_without_spinning(
    admin: Client, settings: ELicense, database: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    faulty = Faulty(times=0)
    bus = Bus(alerts_settings, alerts_database, [consumer(faulty)], [])
    async with running(Relay(settings, database), bus):
        await issue(database, 10)
        await eventually(lambda: effects(alerts_database), 10)
        used = time.process_time()
        await admin.jetstream().delete_consumer("E_LICENSE", DURABLE)
        await issue(database, 10, first=11)
        await eventually(lambda: effects(alerts_database), 20)
        await asyncio.sleep(2)
        assert time.process_time() - used < 1.5, "the pull loop spins"
    assert faulty.calls == {f"license-{number}": 1 for number in range(1, 21)}


async def test_a_kill_between_effect_and_acknowledgement_repeats_nothing(
    platform: TestPlatform, settings: ELicense, database: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    async with running(Relay(settings, database)):
        await issue(database, 20)
        await eventually(lambda: waiting(database), 0)
    await killed(process(platform.service("alerts"), "apply_and_die"))
    assert await effects(alerts_database) == 5
    faulty = Faulty(times=0)
    async with running(Bus(alerts_settings, alerts_database, [consumer(faulty)], [])):
        await eventually(lambda: effects(alerts_database), 20, seconds=20)
        await eventually(lambda: pending(platform, alerts_settings), 0, seconds=20)
    assert len(faulty.calls) == 15, "the effect whose acknowledgement was lost was not handled again"
    assert await dead(alerts_database) == 0


async def pending(platform: TestPlatform, settings: Alerts) -> int:
    client = await nats.connect(platform.addresses.nats, **platform.nats_admin())
    info = await client.jetstream().consumer_info("E_LICENSE", DURABLE)
    await client.close()
    return (info.num_ack_pending or 0) + (info.num_pending or 0)


async def applied(database: Database, at_least: int) -> bool:
    return await effects(database) >= at_least


async def test_consumers_killed_at_random_apply_every_effect_once(
    platform: TestPlatform, settings: ELicense, database: Database, alerts_database: Database
) -> None:
    async with running(Relay(settings, database)):
        await issue(database, 200)
        await eventually(lambda: waiting(database), 0)
    for enough in (20, 60, 110):
        consuming = process(platform.service("alerts"), "consume")
        await eventually(lambda: applied(alerts_database, enough), seconds=60)  # noqa: B023 - awaited at once
        consuming.kill()
        consuming.wait()
    consuming = process(platform.service("alerts"), "consume")
    try:
        await eventually(lambda: effects(alerts_database), 200, seconds=30)
    finally:
        consuming.kill()
        consuming.wait()
    assert await dead(alerts_database) == 0
