"""One event's way, commit of its publisher to commit of its consumer: `pytest -s tests/load/kit/bench_hop.py`.

Through the outbox, the relay, JetStream and the inbox, one event at a time. Both commits are dated by PostgreSQL
(`track_commit_timestamp`).
"""

import asyncio
from statistics import median, quantiles
from uuid import UUID

from pingshan_events.e_license import LicenseIssued
from pingshan_kit.events import outbox
from pingshan_kit.events.bus import Bus, Consumer
from pingshan_kit.events.relay import Relay
from pingshan_kit.storage.database import Database
from sqlalchemy import text

from tests.support.kit.service import Alerts, ELicense, effects, eventually, license_issued, note, running
from tests.support.load.figures import Figures

EVENTS, PAUSE = 400, 0.02
_OWN_ID = text("SELECT pg_current_xact_id()::text")
_COMMITTED = text("SELECT extract(epoch FROM pg_xact_commit_timestamp(CAST(CAST(:xid AS text) AS xid)))")
_CONSUMED = text("SELECT event_id, extract(epoch FROM pg_xact_commit_timestamp(xmin)) AS at FROM inbox")


async def test_one_event_hops(
    settings: ELicense, database: Database, alerts_settings: Alerts, alerts_database: Database, figures: Figures
) -> None:
    consumer = Consumer("notify-license-issued", LicenseIssued, note)
    published: dict[UUID, float] = {}
    async with running(Relay(settings, database), Bus(alerts_settings, alerts_database, [consumer], [])):
        for number in range(EVENTS):
            event = license_issued(number)
            published[event.event_id] = await _publish(database, event)
            await asyncio.sleep(PAUSE)
        await eventually(lambda: effects(alerts_database), EVENTS)
    async with alerts_database.read() as tx:
        consumed = {row.event_id: float(row.at) for row in await tx.execute(_CONSUMED)}
    hops = [(consumed[event_id] - at) * 1_000 for event_id, at in published.items()]
    figures.add("kit: an event, commit to commit, p50", median(hops), unit="ms", at_most=8)
    figures.add("kit: an event, commit to commit, p99", quantiles(hops, n=100)[98], unit="ms", at_most=25)


async def _publish(database: Database, event: LicenseIssued) -> float:
    """When the transaction of the event was committed, in seconds since 1970."""
    async with database.begin() as tx:
        await outbox.publish(tx, event)
        xid = (await tx.execute(_OWN_ID)).scalar_one()
    async with database.read() as tx:
        return float((await tx.execute(_COMMITTED, {"xid": xid})).scalar_one())
