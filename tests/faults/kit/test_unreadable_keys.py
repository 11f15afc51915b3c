"""A process that cannot read the publishers' keys: no event is taken for a forged one, acknowledged and lost."""

import asyncio
import shutil
from pathlib import Path

from pingshan_events.alerts import AlertRaised
from pingshan_events.e_license import LicenseIssued
from pingshan_kit.events import outbox
from pingshan_kit.events.bus import Bus, Consumer, OrderedConsumer
from pingshan_kit.events.relay import Relay
from pingshan_kit.storage.database import Database

from tests.support.kit.service import Alerts, ELicense, alert_raised, effects, eventually, issue, note, running


async def test_events_wait_for_keys_that_cannot_be_read(
    settings: ELicense, database: Database, alerts_settings: Alerts, alerts_database: Database, tmp_path: Path
) -> None:
    seen: list[str] = []

    async def show(event: AlertRaised) -> None:
        seen.append(event.alert_id)

    keys = tmp_path / "service_jwks.json"
    mine = alerts_settings.model_copy(update={"service_jwks": keys})
    consumer = Consumer("notify-license-issued", LicenseIssued, note)
    bus = Bus(mine, alerts_database, [consumer], [OrderedConsumer(AlertRaised, show)])
    async with running(Relay(settings, database), Relay(alerts_settings, alerts_database), bus):
        await bus.ready.wait()
        await issue(database, 3)
        async with alerts_database.begin() as tx:
            await outbox.publish(tx, alert_raised("1"))
        await asyncio.sleep(2)
        assert await effects(alerts_database) == 0
        shutil.copy(alerts_settings.service_jwks, keys)
        await eventually(lambda: effects(alerts_database), 3)

        async def shown() -> int:
            return len(seen)

        await eventually(shown, 1)
    assert not bus.verifier.refused
