"""Events that cannot be published hold up nobody but their own aggregate."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nats.aio.client import Client
from nats.js.api import StreamConfig
from pingshan_events.e_license import LicenseIssued, LicenseRevoked
from pingshan_kit import clock
from pingshan_kit.events import outbox
from pingshan_kit.events.relay import Relay
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import event_log
from pingshan_kit.storage.tables import outbox as outbox_table
from sqlalchemy import select

from tests.support.kit.service import ELicense, eventually, issue, license_issued, running, waiting


@asynccontextmanager
async def changed_stream(admin: Client, **changed: object) -> AsyncIterator[None]:
    jetstream = admin.jetstream()
    before = (await jetstream.stream_info("E_LICENSE")).config
    await jetstream.update_stream(StreamConfig(**{**before.__dict__, **changed}))
    try:
        yield
    finally:
        await jetstream.update_stream(before)


async def publish(database: Database, *events: LicenseIssued | LicenseRevoked) -> None:
    async with database.begin() as tx:
        for event in events:
            await outbox.publish(tx, event)


async def published(database: Database) -> list[str]:
    """Aggregates in the order of their publication."""
    async with database.read() as tx:
        return list((await tx.execute(select(event_log.c.aggregate_id).order_by(event_log.c.published_at))).scalars())


async def count(database: Database) -> int:
    return len(await published(database))


def too_large(number: int, version: int = 1) -> LicenseIssued:
    return license_issued(number, version=version).model_copy(update={"agency": "x" * 4000})


def revoked(number: int) -> LicenseRevoked:
    return LicenseRevoked(
        event_id=uuid7(),
        aggregate_id=f"license-{number}",
        aggregate_version=1,
        correlation_id="case",
        occurred_at=clock.now(),
        license_id=f"license-{number}",
        type="food",
        agency="market",
    )


async def test_more_than_a_batch_of_refused_events_holds_up_no_other(
    admin: Client, settings: ELicense, database: Database
) -> None:
    relay = Relay(settings, database)
    others = {*(f"license-{number}" for number in range(1001, 1021)), "license-2001"}
    async with running(relay):
        async with changed_stream(admin, max_msg_size=2000):
            await publish(database, *(too_large(number) for number in range(1, 301)))
            await eventually(lambda: refused(relay), 300)
            await issue(database, 20, first=1001)
            await publish(database, license_issued(1, version=2))
            await eventually(lambda: count(database), 20, seconds=5)
            start = asyncio.get_running_loop().time()
            await issue(database, 1, first=2001)
            await eventually(lambda: count(database), 21, seconds=5)
            assert asyncio.get_running_loop().time() - start < 1
            await asyncio.sleep(1)
            assert await waiting(database) == 301, "an event went before the refused one of its aggregate"
            assert set(await published(database)) == others
        await eventually(lambda: waiting(database), 0, seconds=40)
    first = (await admin.jetstream().stream_info("E_LICENSE")).state.last_seq - 300
    stored = [await admin.jetstream().get_msg("E_LICENSE", first + number) for number in range(301)]
    versions = [LicenseIssued.model_validate_json(each.data or b"") for each in stored]
    assert [each.aggregate_version for each in versions if each.aggregate_id == "license-1"] == [1, 2]
    assert await refused(relay) == 0


async def refused(relay: Relay) -> int:
    return len(relay.unpublishable)


async def test_an_event_that_nobody_answers_for_holds_up_no_other(
    admin: Client, settings: ELicense, database: Database
) -> None:
    async with changed_stream(admin, subjects=[LicenseRevoked.subject]):
        swallowed = await admin.subscribe(LicenseIssued.subject)
        async with running(Relay(settings, database)):
            await issue(database, 1)
            await swallowed.next_msg(timeout=5)
            for number in range(10, 22):
                start = asyncio.get_running_loop().time()
                await publish(database, revoked(number))
                await eventually(lambda: count(database), number - 9)
                assert asyncio.get_running_loop().time() - start < 2.5
                await asyncio.sleep(1)
            await swallowed.unsubscribe()


async def test_an_event_of_no_known_stream_ends_no_process(settings: ELicense, database: Database) -> None:
    """As after the return to an older version, which does not know the newest subject."""
    await issue(database, 3)
    unknown = outbox_table.c.aggregate_id == "license-1"
    async with database.begin() as tx:
        await tx.execute(outbox_table.update().where(unknown).values(subject="e-license.license.renamed.v9"))
    relay = Relay(settings, database)
    async with running(relay):
        await eventually(lambda: count(database), 2)
        assert relay.unpublishable == {"license-1": "NO_STREAM"}
