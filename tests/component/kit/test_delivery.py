"""One event on its way: outbox, relay, stream, consumer, watch."""

import pytest
from pingshan_events.alerts import AlertRaised
from pingshan_events.e_license import LicenseIssued, LicenseRevoked
from pingshan_kit.events import inbox, outbox
from pingshan_kit.events.bus import Bus, Consumer, OrderedConsumer, UndeclaredEdgeError
from pingshan_kit.events.relay import Relay
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import event_log
from sqlalchemy import select

from tests.support.kit.service import (
    Alerts,
    ELicense,
    alert_raised,
    effects,
    eventually,
    issue,
    license_issued,
    note,
    running,
    waiting,
)


async def test_an_event_is_published_logged_and_consumed(
    settings: ELicense, database: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    consumer = Consumer("notify-license-issued", LicenseIssued, note)
    async with running(Relay(settings, database), Bus(alerts_settings, alerts_database, [consumer], [])):
        events = await issue(database, 50)
        await eventually(lambda: effects(alerts_database), 50)
        assert await waiting(database) == 0
    async with database.read() as tx:
        logged = (await tx.execute(select(event_log.c.event_id).order_by(event_log.c.position))).scalars().all()
    assert logged == [event.event_id for event in events]


async def test_only_declared_subjects_are_published(database: Database) -> None:
    alert = alert_raised("a")
    with pytest.raises(outbox.UndeclaredSubjectError):
        async with database.begin() as tx:
            await outbox.publish(tx, alert)


async def test_the_use_case_fails_where_the_event_is_too_large(database: Database) -> None:
    large = license_issued().model_copy(update={"type": "x" * outbox.MAX_EVENT_BYTES})
    with pytest.raises(outbox.EventTooLargeError):
        async with database.begin() as tx:
            await outbox.publish(tx, large)
    assert await waiting(database) == 0


async def test_only_declared_edges_are_listened_to(alerts_settings: Alerts, alerts_database: Database) -> None:
    with pytest.raises(UndeclaredEdgeError):
        Bus(alerts_settings, alerts_database, [Consumer("notify-license-issued", LicenseRevoked, note)], [])
    with pytest.raises(UndeclaredEdgeError):
        Bus(alerts_settings, alerts_database, [], [OrderedConsumer(LicenseIssued, print)])  # type: ignore[arg-type]


async def test_an_older_version_is_recognised(database: Database) -> None:
    async with database.begin() as tx:
        assert await inbox.newer(tx, "alerts__x", license_issued(9, version=2))
        assert not await inbox.newer(tx, "alerts__x", license_issued(9, version=1))
        assert not await inbox.newer(tx, "alerts__x", license_issued(9, version=2))
        assert await inbox.newer(tx, "alerts__x", license_issued(9, version=3))


async def test_the_outbox_wakes_the_relay_within_the_process(
    settings: ELicense, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pingshan_kit.events.relay._POLL_SECONDS", 3600)  # nobody else wakes it
    async with running(Relay(settings, database)):
        for number in range(5):
            await issue(database, 1, first=100 + number)
            await eventually(lambda: waiting(database), 0)


async def test_a_second_relay_waits_and_takes_over(settings: ELicense, database: Database) -> None:
    first, second = Relay(settings, database), Relay(settings, Database.from_settings(settings))
    async with running(second):
        async with running(first):
            await issue(database, 5, first=200)
            await eventually(lambda: waiting(database), 0)
        await issue(database, 5, first=300)
        await eventually(lambda: waiting(database), 0)
    await second._database.close()  # noqa: SLF001


async def test_a_drained_relay_leaves_nothing(settings: ELicense, database: Database) -> None:
    relay = Relay(settings, database)
    async with running(relay):
        await issue(database, 1, first=400)
        await eventually(lambda: waiting(database), 0)
        await issue(database, 300, first=401)
        await relay.drain()
        assert await waiting(database) == 0


async def test_a_watch_sees_every_event_in_order_and_replays_the_past(
    settings: ELicense, database: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    seen: list[str] = []

    async def show(event: AlertRaised) -> None:
        seen.append(event.alert_id)

    async def raise_alerts(numbers: range) -> None:
        for number in numbers:
            async with alerts_database.begin() as tx:
                await outbox.publish(
                    tx,
                    alert_raised(str(number), aggregate_id="wall", version=number + 1),
                )

    async def shown() -> int:
        return len(seen)

    async def is_ready() -> bool:
        return bus.ready.is_set()

    async with running(Relay(alerts_settings, alerts_database)):
        await raise_alerts(range(30))
        await eventually(lambda: waiting(alerts_database), 0)
        bus = Bus(alerts_settings, alerts_database, [], [OrderedConsumer(AlertRaised, show, replay=True)])
        async with running(bus):
            await eventually(is_ready)
            assert seen == [str(number) for number in range(30)]
            await raise_alerts(range(30, 40))
            await eventually(shown, 40)
        assert seen == [str(number) for number in range(40)]
