"""What happens when NATS is away, closed on us, loses its disk, or has a stream that somebody changed."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import nats
import pytest
from nats.aio.client import Client
from nats.js.api import StreamConfig
from pingshan_events.alerts import AlertRaised
from pingshan_events.e_license import LicenseIssued
from pingshan_kit import clock
from pingshan_kit.events import event_log, outbox
from pingshan_kit.events.bus import Bus, Consumer, OrderedConsumer
from pingshan_kit.events.messaging import Link, NatsClosedError
from pingshan_kit.events.relay import Relay
from pingshan_kit.events.signatures import HEADER, MESSAGE_ID, Signer
from pingshan_kit.storage.database import Database

from tests.support.kit.service import Alerts, ELicense, alert_raised, effects, eventually, issue, note, running, waiting
from tests.support.platform import TestPlatform


def listening(settings: Alerts, database: Database) -> Bus:
    return Bus(settings, database, [Consumer("notify-license-issued", LicenseIssued, note)], [])


async def test_starting_leaves_a_stream_as_it_is(
    admin: Client, settings: ELicense, database: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    jetstream = admin.jetstream()
    before = (await jetstream.stream_info("E_LICENSE")).config
    changed = StreamConfig(**{**before.__dict__, "max_age": 1234, "description": "set by hand", "max_msgs": 777})
    await jetstream.update_stream(changed)
    wanted = (await jetstream.stream_info("E_LICENSE")).config
    async with running(Relay(settings, database), listening(alerts_settings, alerts_database)):
        await issue(database, 5)
        await eventually(lambda: effects(alerts_database), 5)
    assert (await jetstream.stream_info("E_LICENSE")).config == wanted
    await jetstream.update_stream(before)


async def test_while_nats_is_away_acts_go_on_and_arrive_afterwards(
    platform: TestPlatform, settings: ELicense, database: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    relay, bus = Relay(settings, database), listening(alerts_settings, alerts_database)

    async def degraded() -> bool:
        return bus.degraded and relay.degraded

    async with running(relay, bus):
        await issue(database, 20)
        await eventually(lambda: effects(alerts_database), 20)
        platform.nats.kill()
        await eventually(degraded)
        await issue(database, 20, first=21)
        assert await waiting(database) == 20
        await asyncio.to_thread(platform.nats.start)
        await eventually(lambda: effects(alerts_database), 40, seconds=30)
        await eventually(degraded, wanted=False)


async def test_parts_start_while_nats_is_away(
    platform: TestPlatform, settings: ELicense, database: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    platform.nats.kill()
    bus = listening(alerts_settings, alerts_database)
    async with running(Relay(settings, database), bus):
        await issue(database, 5)
        await asyncio.sleep(1)
        assert bus.degraded
        await asyncio.to_thread(platform.nats.start)
        await eventually(lambda: effects(alerts_database), 5, seconds=30)
        assert not bus.degraded


async def test_a_closed_connection_ends_the_process(
    settings: ELicense, database: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    for part in (Relay(settings, database), listening(alerts_settings, alerts_database)):
        task = asyncio.create_task(part.run())

        async def degraded(part: Relay | Bus = part) -> bool:
            return part.degraded

        await eventually(degraded, wanted=False)
        assert part._link.client is not None  # noqa: SLF001 - as the server does when it refuses the user
        await part._link.client.close()  # noqa: SLF001
        with pytest.raises(ExceptionGroup) as caught:
            await asyncio.wait_for(task, 5)
        assert caught.value.subgroup(NatsClosedError)


async def test_who_notices_a_closed_connection_before_it_is_told_says_whose_it_was(
    alerts_settings: Alerts, alerts_database: Database
) -> None:
    async def show(_: AlertRaised) -> None:
        """Is never called."""

    consumer = Consumer("notify-license-issued", LicenseIssued, note)
    bus = Bus(alerts_settings, alerts_database, [consumer], [OrderedConsumer(AlertRaised, show)])
    link = Link(alerts_settings, "events")
    broker = await link.connect()
    await link.close()
    [watcher], [subscriber] = bus._watchers, bus._subscribers  # noqa: SLF001
    for part in (watcher.run(broker.connection), subscriber.run(broker)):
        with pytest.raises(NatsClosedError, match="alerts/events"):
            await asyncio.wait_for(part, 5)


async def test_a_lost_disk_is_replayed_from_the_event_log(
    platform: TestPlatform, settings: ELicense, database: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    since = clock.now() - timedelta(minutes=1)
    async with running(Relay(settings, database)):
        async with running(listening(alerts_settings, alerts_database)):
            await issue(database, 30)
            await eventually(lambda: effects(alerts_database), 30)
        await issue(database, 30, first=31)
        await eventually(lambda: waiting(database), 0)
        platform.nats.kill()
        shutil.rmtree(platform.nats_disk)
        await asyncio.to_thread(platform.nats.start)
        await asyncio.to_thread(platform.make_streams)
        assert await event_log.replay(settings, database, since=since) == 60
        async with running(listening(alerts_settings, alerts_database)):
            await eventually(lambda: effects(alerts_database), 60, seconds=30)
            await issue(database, 1, first=61)
            await eventually(lambda: effects(alerts_database), 61)


@pytest.mark.parametrize("known", ["by its event", "from the lost disk"])
async def test_what_was_stored_before_under_an_id_that_others_know_keeps_no_event_out(
    platform: TestPlatform,
    settings: ELicense,
    database: Database,
    alerts_settings: Alerts,
    alerts_database: Database,
    known: str,
) -> None:
    """Who can make the server publish (docs/adr/0007-signed-events.md) chooses the headers, too."""
    async with running(Relay(settings, database)):
        [event] = await issue(database, 1)
        await eventually(lambda: waiting(database), 0)
    stored = await stored_ids(platform, str(event.event_id))
    platform.nats.kill()
    shutil.rmtree(platform.nats_disk)
    await asyncio.to_thread(platform.nats.start)
    await asyncio.to_thread(platform.make_streams)
    signer = Signer.from_settings(settings)
    key = signer.headers(event.subject, "", b"")[HEADER].partition(":")[0].rpartition(".")[2]
    guessed = [str(event.event_id), f"{event.event_id}.{key}"]
    async with as_admin(platform) as client:
        for number, each in enumerate(stored if known == "from the lost disk" else guessed):
            answer = await client.jetstream().publish(event.subject, b"{}", headers={MESSAGE_ID: each})
            assert (answer.seq, answer.duplicate) == (number + 1, None)
    async with running(Relay(settings, database), listening(alerts_settings, alerts_database)):
        await eventually(lambda: effects(alerts_database), 1)


async def test_an_event_that_is_sent_again_is_stored_once(
    platform: TestPlatform, settings: ELicense, database: Database
) -> None:
    since = clock.now() - timedelta(minutes=1)
    async with running(Relay(settings, database)):
        [event] = await issue(database, 1)
        await eventually(lambda: waiting(database), 0)
    assert await event_log.replay(settings, database, since=since) == 1
    assert len(await stored_ids(platform, str(event.event_id))) == 1


@asynccontextmanager
async def as_admin(platform: TestPlatform) -> AsyncIterator[Client]:
    client = await nats.connect(platform.addresses.nats, **platform.nats_admin())
    yield client
    await client.close()


async def stored_ids(platform: TestPlatform, event_id: str) -> list[str]:
    """The ids under which e-license's stream holds an event."""
    async with as_admin(platform) as client:
        jetstream = client.jetstream()
        state = (await jetstream.stream_info("E_LICENSE")).state
        messages = [
            await jetstream.get_msg("E_LICENSE", seq) for seq in range(max(state.first_seq, 1), state.last_seq + 1)
        ]
    ids = [(message.headers or {}).get(MESSAGE_ID, "") for message in messages]
    return [each for each in ids if each.startswith(event_id)]


async def test_a_watch_goes_on_after_nats_was_killed_and_after_its_disk_was_lost(
    platform: TestPlatform, alerts_settings: Alerts, alerts_database: Database
) -> None:
    seen: list[str] = []

    async def show(event: AlertRaised) -> None:
        seen.append(event.alert_id)

    async def shown() -> list[str]:
        return seen

    bus = Bus(alerts_settings, alerts_database, [], [OrderedConsumer(AlertRaised, show)])
    async with running(Relay(alerts_settings, alerts_database), bus):
        await asyncio.wait_for(bus.ready.wait(), 10)
        await raise_alert(alerts_database, "before")
        await eventually(shown, ["before"])
        platform.nats.kill()
        await raise_alert(alerts_database, "while away")
        await asyncio.to_thread(platform.nats.start)
        await eventually(shown, ["before", "while away"])
        platform.nats.kill()
        shutil.rmtree(platform.nats_disk)
        await asyncio.to_thread(platform.nats.start)
        await asyncio.to_thread(platform.make_streams)
        await raise_alert(alerts_database, "new disk")
        await eventually(shown, ["before", "while away", "new disk"])


async def raise_alert(database: Database, alert_id: str) -> None:
    async with database.begin() as tx:
        await outbox.publish(tx, alert_raised(alert_id))
