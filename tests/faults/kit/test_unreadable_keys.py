"""A process that cannot read the services' keys: no event is taken for a forged one, acknowledged and lost, no sibling
for a stranger; it says so once, and when it is over.
"""

import asyncio
import shutil
from pathlib import Path

import nats
import pytest
import structlog
from pingshan_events.alerts import AlertRaised
from pingshan_events.e_license import LicenseIssued
from pingshan_kit.errors import Unavailable
from pingshan_kit.events import outbox
from pingshan_kit.events.bus import Bus, Consumer, OrderedConsumer, Signal
from pingshan_kit.events.relay import Relay
from pingshan_kit.events.signatures import HEARTBEAT, Verifier
from pingshan_kit.readiness import Readiness
from pingshan_kit.storage.database import Database
from pingshan_kit.trust import ServiceTokens
from pingshan_tools import secret_files

from tests.support.events import signer_of
from tests.support.kit.service import Alerts, ELicense, alert_raised, effects, eventually, issue, note, running
from tests.support.platform import TestPlatform


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


async def test_a_heartbeat_that_cannot_be_checked_is_not_said_each_time(
    platform: TestPlatform, alerts_settings: Alerts, alerts_database: Database, tmp_path: Path
) -> None:
    publisher = await nats.connect(platform.addresses.nats, **platform.nats_user("identity"))
    beats: list[bytes] = []

    async def hear(beat: bytes) -> None:
        beats.append(beat)

    async def heard() -> int:
        return len(beats)

    async def beat(count: int) -> None:
        headers = signer_of(platform.addresses.secrets, "identity").headers(HEARTBEAT, "", b"{}")
        for _ in range(count):
            await publisher.publish(HEARTBEAT, b"{}", headers=headers)
            await asyncio.sleep(0.01)

    keys = tmp_path / "service_jwks.json"
    mine = alerts_settings.model_copy(update={"service_jwks": keys})
    bus = Bus(mine, alerts_database, [], [], [Signal(HEARTBEAT, hear)])
    readiness = Readiness("alerts", alerts_database)
    readiness.verifier = bus.verifier
    with structlog.testing.capture_logs() as lines:
        async with running(bus):
            await bus.ready.wait()
            await asyncio.sleep(0.2)
            await beat(20)
            _, facts = await readiness.report()
            assert (facts["status"], facts["degraded"]) == ("degraded", ["keys"])
            assert "the file of the services' keys cannot be read" in facts["state"]["en"]
            assert "公钥文件" in facts["state"]["zh"]
            shutil.copy(alerts_settings.service_jwks, keys)
            await beat(20)
            await eventually(heard, 20)
            _, facts = await readiness.report()
            assert facts["state"]["en"] == "ok"
    await publisher.close()
    said = [(line["event"], line["log_level"]) for line in lines if "nats" not in line["event"]]
    assert said == [("event_keys.unreadable", "error"), ("event_keys.readable", "info")]


def test_readiness_looks_for_itself(tmp_path: Path) -> None:
    """Also where nobody sends anything that would have to be checked."""
    secrets, keys = tmp_path / "secrets", tmp_path / "service_jwks.json"
    verifier = Verifier(keys)
    assert not verifier.readable()
    secret_files.make(secrets, keys)
    assert verifier.readable()
    keys.write_text("{")
    assert not verifier.readable()


def test_a_sibling_is_no_stranger_meanwhile(settings: ELicense, alerts_settings: Alerts, tmp_path: Path) -> None:
    callee = ServiceTokens(settings.model_copy(update={"service_jwks": tmp_path / "service_jwks.json"}))
    with pytest.raises(Unavailable):
        callee.verify(ServiceTokens(alerts_settings).sign("e-license"))
