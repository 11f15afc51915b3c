"""What is no event, or one that nobody can keep, becomes a dead letter; the process goes on with the next one."""

import json
from typing import Any

import nats
from pingshan_events.e_license import LicenseIssued
from pingshan_kit.events.bus import Bus, Consumer
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import command, dead_letter
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.events import publish_signed
from tests.support.kit.service import Alerts, eventually, license_issued, running
from tests.support.platform import TestPlatform

SUBJECT = LicenseIssued.subject


def event(**changed: Any) -> bytes:
    return json.dumps(json.loads(license_issued().model_dump_json()) | changed).encode()


HOSTILE: list[tuple[bytes, dict[str, str]]] = [  # with `event_id` where the signed id is hostile
    (b"\x00\xff\xfe", {}),
    (b"[" * 5_000, {}),
    (b'{"a":' * 5_000, {}),
    (event(aggregate_version=1)[:-1] + b', "type": NaN}', {}),
    (event(occurred_at="0001-01-01T00:00:00+14:00"), {}),
    (event(occurred_at="9999-12-31T23:59:59-14:00"), {}),
    (event(correlation_id="\ud800"), {}),
    (event(correlation_id="\0"), {}),
    (event(license_id="\0"), {}),
    (b"{}", {"event_id": "a\0b"}),
    (b"{}", {"traceparent": "00-\0", "odd": "a\0b"}),
]


async def keep(tx: AsyncConnection, received: LicenseIssued) -> None:
    """Keeps every text of the event, as handlers do, and its time."""
    assert received.occurred_at.timestamp()
    kept = {"license": received.license_id, "of": received.correlation_id}
    row = {"caller": received.license_id, "request_id": received.event_id, "request_hash": b"", "response": kept}
    await tx.execute(command.insert().values(row))


async def rows(database: Database, table: Any) -> int:
    async with database.read() as tx:
        return (await tx.execute(select(func.count()).select_from(table))).scalar_one()


async def test_each_is_a_dead_letter(
    platform: TestPlatform, alerts_settings: Alerts, alerts_database: Database
) -> None:
    client = await nats.connect(platform.addresses.nats, **platform.nats_admin())
    consumer = Consumer("notify-license-issued", LicenseIssued, keep)
    async with running(Bus(alerts_settings, alerts_database, [consumer], [], retry_seconds=())):
        for payload, headers in [*HOSTILE, (event(license_id="the last one"), {})]:
            named = {"event_id": str(uuid7())} | headers
            await publish_signed(client, platform.addresses.secrets, SUBJECT, payload=payload, **named)
        await eventually(lambda: last_one(alerts_database), 1)
    await client.close()
    assert await rows(alerts_database, dead_letter) >= len(HOSTILE) - 2, "times at the end of time may be kept"
    assert await rows(alerts_database, dead_letter) + await rows(alerts_database, command) == len(HOSTILE) + 1


async def last_one(database: Database) -> int:
    async with database.read() as tx:
        mine = select(func.count()).select_from(command).where(command.c.caller == "the last one")
        return (await tx.execute(mine)).scalar_one()
