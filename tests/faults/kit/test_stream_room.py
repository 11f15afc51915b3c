"""A stream that is full takes nothing more and loses nothing: events wait in the outbox until there is room."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from nats.aio.client import Client
from nats.js.api import DiscardPolicy, StreamConfig
from pingshan_events.e_license import LicenseIssued
from pingshan_kit.events.bus import Bus, Consumer
from pingshan_kit.events.leadership import HELD_SECONDS, Leadership
from pingshan_kit.events.relay import Relay
from pingshan_kit.storage.database import Database
from pingshan_tools import topology
from pingshan_tools.edges import load

from tests.support.kit.service import Alerts, ELicense, effects, eventually, issue, note, running, waiting
from tests.support.platform import TestPlatform

NAME = "E_LICENSE"
EDGES = load()


async def make(platform: TestPlatform, *, max_bytes: int) -> None:
    """The deploy step, with so much room for the stream."""
    streams = tuple(replace(each, max_bytes=max_bytes) if each.name == NAME else each for each in EDGES.streams)
    edges = replace(EDGES, streams=streams)
    await topology.make_streams(platform.addresses.nats, **platform.nats_admin(), edges=edges)


@pytest.fixture(autouse=True)
async def as_declared(platform: TestPlatform) -> AsyncIterator[None]:
    yield
    await topology.make_streams(platform.addresses.nats, **platform.nats_admin(), edges=EDGES)


async def stored(admin: Client) -> int:
    return (await admin.jetstream().stream_info(NAME)).state.messages


async def test_at_the_limit_events_wait_and_none_is_pushed_out(
    platform: TestPlatform, admin: Client, settings: ELicense, database: Database,
    alerts_settings: Alerts, alerts_database: Database,
) -> None:  # fmt: skip
    await make(platform, max_bytes=10_000)
    async with running(Relay(settings, database)):
        await issue(database, 40)
        await asyncio.sleep(2)
        kept = await stored(admin)
        assert 5 < kept < 40
        assert await waiting(database) == 40 - kept, "what is not in the stream is in the outbox"
        bus = Bus(alerts_settings, alerts_database, [Consumer("notify-license-issued", LicenseIssued, note)], [])
        async with running(bus):
            await eventually(lambda: effects(alerts_database), kept)
            await make(platform, max_bytes=100_000)
            await eventually(lambda: effects(alerts_database), 40)
            await eventually(lambda: waiting(database), 0)


async def test_a_stream_of_an_earlier_version_that_is_larger_keeps_what_it_has(
    platform: TestPlatform, admin: Client, settings: ELicense, database: Database
) -> None:
    before = (await admin.jetstream().stream_info(NAME)).config
    unbounded = {**before.__dict__, "max_bytes": -1, "discard": DiscardPolicy.OLD}
    await admin.jetstream().update_stream(StreamConfig(**unbounded))
    async with running(Relay(settings, database)):
        await issue(database, 40)
        await eventually(lambda: waiting(database), 0)
    await make(platform, max_bytes=10_000)
    assert await stored(admin) == 40


async def test_who_has_lost_the_lock_publishes_nothing(
    admin: Client, settings: ELicense, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a leader that thaws in the middle of a batch: its session answered too long ago."""
    await issue(database, 5)
    monkeypatch.setattr(Leadership, "held", False)
    async with running(Relay(settings, database)):
        await asyncio.sleep(1.5)
    assert (await stored(admin), await waiting(database)) == (0, 5)
    monkeypatch.undo()
    async with database.dedicated() as connection:
        leadership = Leadership(connection)
        assert not leadership.held
        assert await leadership.won()
        assert leadership.held
        monkeypatch.setattr(leadership, "_answered_at", leadership._answered_at - HELD_SECONDS)  # noqa: SLF001
        assert not leadership.held
        async with leadership.session() as session:
            await session.execute("SELECT 1")
        assert leadership.held
