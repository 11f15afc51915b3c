"""The heartbeat promises what is true: by a frozen leader, without NATS, after a reconnect, with a full stream."""

import asyncio
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import asyncpg
import nats
import pytest
from nats.aio.client import Client
from nats.js.api import StreamConfig
from pingshan_events.identity import GrantEnded, SessionEnded, SigningKeyWithdrawn
from pingshan_kit.events import outbox
from pingshan_kit.events.bus import Bus, OrderedConsumer, Signal
from pingshan_kit.events.leadership import ASK_SECONDS, HELD_SECONDS, TAKEN_AFTER
from pingshan_kit.events.relay import Relay
from pingshan_kit.events.signatures import HEARTBEAT
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import event_log
from pingshan_kit.storage.tables import outbox as outbox_table
from pingshan_kit.trust.revocations import CLOCKS_APART, SILENCE, Heartbeat, Revocations
from sqlalchemy import func, select

from tests.support.kit.service import (
    Alerts,
    Identity,
    eventually,
    key_withdrawn,
    kit_database,
    process,
    running,
    session_ended,
)
from tests.support.platform import TestPlatform

STREAM = "IDENTITY_REVOCATION"
SECONDS = 0.2
PROMISE = 2.0


@pytest.fixture(scope="module")
async def of_identity(platform: TestPlatform) -> AsyncIterator[Database]:
    async with kit_database(platform, Identity) as database:
        yield database


@pytest.fixture
async def issuer(platform: TestPlatform, of_identity: Database, admin: Client) -> Identity:
    async with of_identity.begin() as tx:
        for table in (outbox_table, event_log):
            await tx.execute(table.delete())
    await admin.jetstream().purge_stream(STREAM)
    return platform.service("identity", migrated=False).settings(Identity)


@pytest.fixture
async def listener(platform: TestPlatform) -> AsyncIterator[Client]:
    """A connection in the account of the services, where the heart beats."""
    client = await nats.connect(platform.addresses.nats, **platform.nats_user("alerts"))
    yield client
    await client.close()


def relay(issuer: Identity, database: Database) -> Relay:
    return Relay(issuer, database, heartbeat_seconds=SECONDS)


def listening(settings: Alerts, database: Database, revocations: Revocations) -> Bus:
    watches: list[OrderedConsumer[Any]] = [
        OrderedConsumer(SessionEnded, revocations.ended, replay=True, read=revocations.has_read),
        OrderedConsumer(GrantEnded, revocations.grant_ended, replay=True, read=revocations.has_read),
        OrderedConsumer(SigningKeyWithdrawn, revocations.key_withdrawn, replay=True, read=revocations.has_read),
    ]
    return Bus(settings, database, [], watches, [Signal(HEARTBEAT, revocations.heartbeat)])


async def end_session(database: Database, session_id: str) -> float:
    """Ends it, and returns when."""
    async with database.begin() as tx:
        await outbox.publish(tx, session_ended(session_id))
    return time.monotonic()


async def informed(revocations: Revocations) -> bool:
    return revocations.informed


async def kept_honest(revocations: Revocations, session_id: str, ended_at: float, *, seconds: float) -> None:
    """Fails where, after the promised time, the process relies on the stream and does not know the session's end.

    Who knows it knows it from then on: nothing is left to be seen.
    """
    while time.monotonic() < ended_at + seconds and not revocations.knows_dead(session_id):
        late = time.monotonic() - ended_at > PROMISE
        assert not (late and revocations.informed and not revocations.knows_dead(session_id))
        await asyncio.sleep(0.02)


@contextmanager
def leader(platform: TestPlatform) -> "Iterator[subprocess.Popen[bytes]]":
    started = process(platform.service("identity", migrated=False), "lead")
    try:
        yield started
    finally:
        started.kill()
        started.wait()


async def rows(database: Database) -> tuple[int, int]:
    """Events in the outbox and in the log."""
    async with database.read() as tx:
        counts = [(await tx.execute(select(func.count()).select_from(table))).scalar_one() for table in TABLES]
    return counts[0], counts[1]


TABLES = (outbox_table, event_log)


async def test_the_lock_of_a_frozen_leader_is_taken_and_thawed_it_says_nothing(
    platform: TestPlatform, admin: Client, listener: Client, issuer: Identity, of_identity: Database,
    alerts_settings: Alerts, alerts_database: Database,
) -> None:  # fmt: skip
    revocations = Revocations()
    bus = listening(alerts_settings, alerts_database, revocations)
    beats: list[Heartbeat] = []

    async def hear(message: Any) -> None:
        beats.append(Heartbeat.model_validate_json(message.data))

    await listener.subscribe(HEARTBEAT, cb=hear)
    with leader(platform) as frozen:
        async with running(bus):
            await eventually(partial(informed, revocations), seconds=30)
            frozen.send_signal(signal.SIGSTOP)
            ended_at = await end_session(of_identity, "while frozen")
            async with running(relay(issuer, of_identity)):
                await kept_honest(revocations, "while frozen", ended_at, seconds=2.5)
                assert not revocations.informed, "a frozen leader does not beat"
                await eventually(partial(rows, of_identity), (0, 1), seconds=TAKEN_AFTER + 10)
                await eventually(partial(informed, revocations))
                assert revocations.knows_dead("while frozen")
                heard = len(beats)
                frozen.send_signal(signal.SIGCONT)
                for number in range(10):
                    await end_session(of_identity, f"after the thaw {number}")
                    await asyncio.sleep(0.2)
                await eventually(partial(rows, of_identity), (0, 11))
                assert frozen.poll() is None, "it follows"
                after = beats[heard:]
    assert len(after) < 2 * 2.5 / SECONDS, "one of them beats"
    in_order = [beat.positions[SessionEnded.subject] for beat in after]
    assert in_order == sorted(in_order)
    assert (await admin.jetstream().stream_info(STREAM)).state.messages == 11


async def test_a_session_of_the_leader_that_another_replica_ended_is_won_again_and_stops_the_heart_meanwhile(
    platform: TestPlatform, issuer: Identity, of_identity: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    revocations = Revocations()
    server = await asyncpg.connect(platform.database_admin_url("identity"))
    async with running(relay(issuer, of_identity), listening(alerts_settings, alerts_database, revocations)):
        await eventually(partial(informed, revocations))
        ended = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        await server.execute(f"{ended} AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
        ended_at = await end_session(of_identity, "without a leader")
        await kept_honest(revocations, "without a leader", ended_at, seconds=3)
        await eventually(partial(informed, revocations))
        assert revocations.knows_dead("without a leader")
    await server.close()


async def test_only_the_leader_beats(listener: Client, issuer: Identity, of_identity: Database) -> None:
    other = Database.from_settings(issuer)
    beats = await listener.subscribe(HEARTBEAT)
    async with running(relay(issuer, of_identity), relay(issuer, other)):
        await beats.next_msg(timeout=10)
        began, times = time.monotonic(), []
        while time.monotonic() < began + 2:
            times.append(Heartbeat.model_validate_json((await beats.next_msg(timeout=5)).data).sent_at)
    await other.close()
    assert len(times) <= 2 / SECONDS + 2
    assert times == sorted(set(times))


async def test_while_an_ended_session_waits_in_the_outbox_the_heart_does_not_beat(
    admin: Client, issuer: Identity, of_identity: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    revocations, jetstream = Revocations(), admin.jetstream()
    before = (await jetstream.stream_info(STREAM)).config
    async with running(relay(issuer, of_identity), listening(alerts_settings, alerts_database, revocations)):
        await eventually(partial(informed, revocations))
        await jetstream.update_stream(StreamConfig(**{**before.__dict__, "max_bytes": 1}))
        ended_at = await end_session(of_identity, "no room")
        await kept_honest(revocations, "no room", ended_at, seconds=3)
        assert not revocations.informed, "NATS and the leader are there, and the stream does not take the event"
        assert await rows(of_identity) == (1, 0), "the event waits: it is neither lost nor does it push out others"
        await jetstream.update_stream(before)
        await eventually(partial(informed, revocations))
        assert revocations.knows_dead("no room")


async def test_after_a_reconnect_a_process_is_informed_once_it_has_read_what_it_missed(
    platform: TestPlatform, issuer: Identity, of_identity: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    revocations = Revocations()
    bus = listening(alerts_settings, alerts_database, revocations)
    async with running(relay(issuer, of_identity), bus):
        await eventually(partial(informed, revocations))
        for number in range(3):
            platform.nats.kill()
            killed_at = time.monotonic()
            missed = f"missed {number}"
            ended_at = await end_session(of_identity, missed)
            await asyncio.sleep(SILENCE + CLOCKS_APART)
            assert not revocations.informed, "NATS is away"
            assert time.monotonic() - killed_at < PROMISE + 0.5
            await asyncio.to_thread(platform.nats.start)
            await kept_honest(revocations, missed, ended_at, seconds=6)
            await eventually(partial(informed, revocations), seconds=30)
            assert revocations.knows_dead(missed)


async def test_a_heartbeat_does_not_count_before_the_watch_has_read_as_far(
    admin: Client, issuer: Identity, of_identity: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    """The watch of this process hangs in an event while the heartbeats go on arriving."""
    revocations, go_on = Revocations(), asyncio.Event()

    async def slowly(event: SessionEnded) -> None:
        await go_on.wait()
        await revocations.ended(event)

    watches: list[OrderedConsumer[Any]] = [
        OrderedConsumer(SessionEnded, slowly, replay=True, read=revocations.has_read),
        OrderedConsumer(GrantEnded, revocations.grant_ended, replay=True, read=revocations.has_read),
        OrderedConsumer(SigningKeyWithdrawn, revocations.key_withdrawn, replay=True, read=revocations.has_read),
    ]
    bus = Bus(alerts_settings, alerts_database, [], watches, [Signal(HEARTBEAT, revocations.heartbeat)])
    async with running(relay(issuer, of_identity), bus):
        await eventually(partial(informed, revocations))
        ended_at = await end_session(of_identity, "stuck")
        await kept_honest(revocations, "stuck", ended_at, seconds=3)
        assert not revocations.informed
        go_on.set()
        await eventually(partial(informed, revocations))
        assert revocations.knows_dead("stuck")


async def test_a_lost_disk_is_filled_again_before_the_heart_beats(
    platform: TestPlatform, admin: Client, issuer: Identity, of_identity: Database,
    alerts_settings: Alerts, alerts_database: Database,
) -> None:  # fmt: skip
    async with running(relay(issuer, of_identity)):
        await end_session(of_identity, "before the loss")
        await eventually(partial(rows, of_identity), (0, 1))
    await admin.jetstream().delete_stream(STREAM)
    await asyncio.to_thread(platform.make_streams)
    started = Revocations()
    async with running(listening(alerts_settings, alerts_database, started), relay(issuer, of_identity)):
        await eventually(partial(informed, started))
        assert started.knows_dead("before the loss")


async def test_what_an_earlier_version_published_unsigned_is_published_again_once(
    admin: Client, issuer: Identity, of_identity: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    """It stands in the stream and in the log, or in the stream alone, where the process was killed before the move."""
    for session_id in ("logged", "not moved"):
        event = session_ended(session_id)
        payload = event.model_dump_json().encode()
        await admin.jetstream().publish(event.subject, payload, headers={"Nats-Msg-Id": str(event.event_id)})
        async with of_identity.begin() as tx:
            await outbox.publish(tx, event)
        if session_id == "logged":
            await move_as_before(of_identity)
    revocations = Revocations()
    bus = listening(alerts_settings, alerts_database, revocations)
    async with running(bus):
        await asyncio.wait_for(bus.ready.wait(), 10)
        assert not revocations.knows_dead("logged"), "nobody signed it"
        async with running(relay(issuer, of_identity)):
            await eventually(partial(informed, revocations))
            assert revocations.knows_dead("logged")
            assert revocations.knows_dead("not moved")
        async with running(relay(issuer, of_identity)):
            await asyncio.sleep(1.5)
    assert (await admin.jetstream().stream_info(STREAM)).state.messages == 4
    assert await rows(of_identity) == (0, 2)


async def move_as_before(database: Database) -> None:
    """As the relay of an earlier version does."""
    names = [
        "position",
        "event_id",
        "subject",
        "aggregate_id",
        "correlation_id",
        "traceparent",
        "payload",
        "created_at",
    ]
    columns = [outbox_table.c[name] for name in names]
    async with database.begin() as tx:
        source = select(func.now(), *columns)
        await tx.execute(event_log.insert().from_select(["published_at", *names], source))
        await tx.execute(outbox_table.delete())


def test_the_times_fit() -> None:
    """A leader stops before its lock can be taken, and a heartbeat is relied on for less than the promise."""
    assert ASK_SECONDS < HELD_SECONDS < TAKEN_AFTER
    assert SILENCE + CLOCKS_APART < PROMISE


async def test_a_withdrawn_key_is_told_as_an_ended_session_is(
    platform: TestPlatform, issuer: Identity, of_identity: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    """The heartbeat counts only where the withdrawal was read; a process that starts later replays it."""
    revocations = Revocations()
    async with running(relay(issuer, of_identity), listening(alerts_settings, alerts_database, revocations)):
        await eventually(partial(informed, revocations))
        platform.nats.kill()
        async with of_identity.begin() as tx:
            await outbox.publish(tx, key_withdrawn("stolen"))
        withdrawn_at = time.monotonic()
        await asyncio.sleep(1)
        await asyncio.to_thread(platform.nats.start)
        while time.monotonic() < withdrawn_at + 6:
            late = time.monotonic() - withdrawn_at > PROMISE
            assert not (late and revocations.informed and not revocations.is_withdrawn("stolen"))
            await asyncio.sleep(0.02)
        await eventually(partial(informed, revocations), seconds=30)
        assert revocations.is_withdrawn("stolen")
        started = Revocations()
        later = listening(alerts_settings, alerts_database, started)
        async with running(later):
            await asyncio.wait_for(later.ready.wait(), 10)
            assert started.is_withdrawn("stolen")
