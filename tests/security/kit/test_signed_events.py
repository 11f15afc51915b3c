"""What is not signed by the publisher of its subject is nobody's event: every kind of listener drops and counts it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from pingshan_events.e_license import LicenseIssued
from pingshan_events.identity import SessionEnded
from pingshan_kit import clock
from pingshan_kit.events.bus import Bus, Consumer, OrderedConsumer, Signal, dead_letters
from pingshan_kit.events.dead_letters import RetryFailedError
from pingshan_kit.events.signatures import HEARTBEAT, MESSAGE_ID
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import dead_letter
from pingshan_values.actor import Actor, ActorKind
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.events import publish_event, signer_of
from tests.support.kit.service import Alerts, effects, eventually, license_issued, note, running
from tests.support.platform import TestPlatform

OPERATOR = Actor(kind=ActorKind.PERSON, person_id="operator", roles=frozenset(("operator",)))
CONSUMER = Consumer("notify-license-issued", LicenseIssued, note)


@pytest.fixture
def secrets(platform: TestPlatform) -> Path:
    return platform.addresses.secrets


def forgeries(secrets: Path, event: LicenseIssued) -> list[tuple[bytes, dict[str, str]]]:
    """Payload and headers of what only looks like the event."""
    payload = event.model_dump_json().encode()
    other = license_issued(99).model_dump_json().encode()
    genuine = signer_of(secrets, "e-license").headers(event.subject, str(event.event_id), payload)
    return [
        (payload, {}),
        (payload, {MESSAGE_ID: str(event.event_id)}),
        (payload, signer_of(secrets, "wifi-portal").headers(event.subject, str(event.event_id), payload)),
        (payload, signer_of(secrets, "e-license").headers("e-license.license.revoked.v1", "1", payload)),
        (other, genuine),
        (payload, genuine | {MESSAGE_ID: f"{uuid7()}.1"}),
        (b'{"type":"io.nats.jetstream.api.v1.stream_info_response"}', {}),
    ]


async def test_a_forged_event_has_no_effect_and_is_no_dead_letter(
    admin: Client, secrets: Path, database: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    event = license_issued()
    forged = forgeries(secrets, event)
    bus = Bus(alerts_settings, alerts_database, [CONSUMER], [])
    async with running(bus):
        for payload, headers in forged:
            unique = headers | {MESSAGE_ID: headers.get(MESSAGE_ID, str(uuid7()))} if headers else None
            await admin.jetstream().publish(event.subject, payload, headers=unique)
        await eventually(lambda: counted(bus), len(forged))
        assert await effects(alerts_database) == 0
        again = {MESSAGE_ID: f"{event.event_id}.genuine"}
        await publish_event(admin, secrets, event, **again)
        await eventually(lambda: effects(alerts_database), 1)
        info = await admin.jetstream().consumer_info("E_LICENSE", "alerts__notify-license-issued")
        assert (info.num_pending, info.num_ack_pending) == (0, 0), "none is delivered again"
    assert await dead_letters(alerts_settings, alerts_database, [CONSUMER]).count() == 0


async def test_a_forged_event_is_shown_by_no_watch(
    admin: Client, secrets: Path, alerts_settings: Alerts, alerts_database: Database
) -> None:
    seen: list[str] = []

    async def show(event: SessionEnded) -> None:
        seen.append(event.session_id)

    async def shown() -> list[str]:
        return seen

    bus = Bus(alerts_settings, alerts_database, [], [OrderedConsumer(SessionEnded, show, replay=True)])
    forged, genuine = session_ended("forged"), session_ended("genuine")
    await admin.jetstream().publish(forged.subject, forged.model_dump_json().encode())
    async with running(bus):
        await asyncio.wait_for(bus.ready.wait(), 10)
        await admin.jetstream().publish(forged.subject, forged.model_dump_json().encode())
        await publish_event(admin, secrets, genuine)
        await eventually(shown, ["genuine"])
    assert bus.verifier.refused[forged.subject, "unsigned"] == 2


async def test_a_forged_heartbeat_is_not_heard(
    platform: TestPlatform, secrets: Path, alerts_settings: Alerts, alerts_database: Database
) -> None:
    heard: list[bytes] = []

    async def hear(data: bytes) -> None:
        heard.append(data)

    async def all_heard() -> list[bytes]:
        return heard

    publisher = await nats.connect(platform.addresses.nats, **platform.nats_user("identity"))
    bus = Bus(alerts_settings, alerts_database, [], [], [Signal(HEARTBEAT, hear)])
    async with running(bus):
        await asyncio.wait_for(bus.ready.wait(), 10)
        await asyncio.sleep(0.2)
        await publisher.publish(HEARTBEAT, b"{}")
        await publisher.publish(
            HEARTBEAT, b"{}", headers=signer_of(secrets, "wifi-portal").headers(HEARTBEAT, "", b"{}")
        )
        await publisher.publish(HEARTBEAT, b"1", headers=signer_of(secrets, "identity").headers(HEARTBEAT, "", b"1"))
        await eventually(all_heard, [b"1"])
    await publisher.close()
    assert sum(bus.verifier.refused.values()) == 2


async def test_a_retry_checks_the_letter_again(
    platform: TestPlatform, secrets: Path, alerts_settings: Alerts, alerts_database: Database
) -> None:
    letters = dead_letters(alerts_settings, alerts_database, [CONSUMER])
    event = license_issued()
    payload = event.model_dump_json().encode()
    genuine = signer_of(secrets, "e-license").headers(event.subject, str(event.event_id), payload)
    for number, headers in enumerate(({**genuine, MESSAGE_ID: f"{uuid7()}.1"}, genuine)):
        async with alerts_database.begin() as tx:
            await bury(tx, event, payload, headers, message_id=str(event.event_id) if number else "changed")
    changed, good = sorted(await letters.open_letters(), key=lambda letter: letter.message_id != "changed")
    with pytest.raises(RetryFailedError, match="NotOfItsPublisher"):
        await letters.retry(OPERATOR, changed.id)
    assert await effects(alerts_database) == 0
    await letters.retry(OPERATOR, good.id)
    assert await effects(alerts_database) == 1


async def bury(
    tx: AsyncConnection, event: LicenseIssued, payload: bytes, headers: dict[str, Any], *, message_id: str
) -> None:
    row = {
        "id": uuid7(), "source": "event", "handler": "alerts__notify-license-issued", "message_id": message_id,
        "subject": event.subject, "payload": payload, "headers": json.loads(json.dumps(headers)), "code": "Fault",
        "attempts": 6, "trace_id": "", "died_at": clock.now(),
    }  # fmt: skip
    await tx.execute(dead_letter.insert().values(row))


def session_ended(session_id: str) -> SessionEnded:
    return SessionEnded(
        event_id=uuid7(),
        aggregate_id=session_id,
        aggregate_version=1,
        correlation_id=session_id,
        occurred_at=clock.now(),
        session_id=session_id,
        reason="signed-out",
    )


async def counted(bus: Bus) -> int:
    return sum(bus.verifier.refused.values())
