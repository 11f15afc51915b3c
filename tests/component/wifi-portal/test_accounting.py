"""Accounting over real packets: what is answered is in the database, once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest
from pingshan_kit.storage.database import Database
from pingshan_wifi_portal.entrypoints.radius import Radius
from pingshan_wifi_portal.service import dependencies
from pingshan_wifi_portal.settings import Settings
from pyrad import packet as peer
from sqlalchemy import text

from tests.support.platform import BoundService
from tests.support.wifi_portal.nas import INTERIM, OFF, ON, START, STOP, Nas

MAC = "02:00:00:00:00:01"


@pytest.fixture(scope="module")
async def bound(platform_settings: Callable[..., BoundService]) -> BoundService:
    return platform_settings("wifi-portal", seeded=True)


@pytest.fixture(scope="module")
async def database(bound: BoundService) -> AsyncIterator[Database]:
    settings = bound.settings(Settings)
    database = Database.from_settings(settings)
    deps, close = dependencies(settings, database)
    radius = asyncio.create_task(Radius(deps).run())
    await asyncio.sleep(0.3)
    yield database
    radius.cancel()
    await asyncio.gather(radius, return_exceptions=True)
    await close()
    await database.close()


@pytest.fixture
async def nas(bound: BoundService, database: Database) -> AsyncIterator[Nas]:
    nas = Nas.of("PS-NAS-01", bound.fields)
    yield nas
    nas.close()


@pytest.fixture
async def swapping(bound: BoundService, database: Database) -> AsyncIterator[Nas]:
    nas = Nas.of("PS-NAS-04", bound.fields)
    yield nas
    nas.close()


async def send(nas: Nas, request: peer.Packet, seconds: float = 3.0) -> peer.Packet | None:
    return await asyncio.to_thread(nas.exchange, request, seconds=seconds)


async def rows(database: Database, query: str, **values: Any) -> list[Any]:
    async with database.read() as tx:
        return list(await tx.execute(text(query), values))


async def session(database: Database, acct_session_id: str) -> Any:
    query = "SELECT * FROM wifi_session WHERE acct_session_id = :id"
    found = await rows(database, query, id=acct_session_id)
    assert len(found) == 1
    return found[0]


async def subjects(database: Database, session_id: Any) -> list[str]:
    query = "SELECT subject FROM outbox WHERE aggregate_id = :id ORDER BY position"
    return [row.subject for row in await rows(database, query, id=str(session_id))]


async def test_a_session_from_start_to_stop(nas: Nas, database: Database) -> None:
    name = str(uuid4())
    for request in (
        nas.accounting(START, name, MAC),
        nas.accounting(INTERIM, name, MAC, input=1_000, output=9_000, seconds=60),
        nas.accounting(STOP, name, MAC, input=2_000, output=5 * 2**32 + 7, seconds=7_200),
    ):
        assert await send(nas, request)
    row = await session(database, name)
    assert (row.input_octets, row.output_octets) == (2_000, 5 * 2**32 + 7)
    assert row.end_cause == "user-request"
    assert row.framed_ip == "10.53.0.9"
    assert await subjects(database, row.session_id) == [
        "wifi-portal.session.started.v1",
        "wifi-portal.session.ended.v1",
    ]


async def test_a_retransmission_is_answered_with_the_same_octets_and_counts_once(nas: Nas, database: Database) -> None:
    name = str(uuid4())
    octets = nas.accounting(INTERIM, name, MAC, output=500, seconds=10).RequestPacket()
    first = await asyncio.to_thread(nas.send, octets, nas.acct)
    second = await asyncio.to_thread(nas.send, octets, nas.acct)
    assert first is not None
    assert first == second
    assert (await session(database, name)).output_octets == 500


async def test_the_same_counters_in_a_new_packet_count_once(nas: Nas, database: Database) -> None:
    name = str(uuid4())
    for _ in range(3):
        assert await send(nas, nas.accounting(STOP, name, MAC, output=500, seconds=10))
    row = await session(database, name)
    assert row.output_octets == 500
    assert await subjects(database, row.session_id) == [
        "wifi-portal.session.started.v1",
        "wifi-portal.session.ended.v1",
    ]


async def test_a_controller_that_counts_the_other_way_round(swapping: Nas, database: Database) -> None:
    name = str(uuid4())
    assert await send(swapping, swapping.accounting(INTERIM, name, MAC, input=9_000, output=10, seconds=5))
    row = await session(database, name)
    assert (row.input_octets, row.output_octets) == (10, 9_000)


async def test_a_controller_that_stops_ends_its_sessions_and_says_so_once(nas: Nas, database: Database) -> None:
    name = str(uuid4())
    assert await send(nas, nas.accounting(START, name, MAC))
    for _ in range(2):
        assert await send(nas, nas.accounting(OFF, "", MAC))
    row = await session(database, name)
    assert row.end_cause == "controller-stopped"
    stopped = await rows(database, "SELECT payload::jsonb AS p FROM outbox WHERE aggregate_id = 'PS-NAS-01'")
    assert [row.p["hotspot_count"] for row in stopped] == [28]
    assert stopped[0].p["session_count"] >= 1
    assert await send(nas, nas.accounting(ON, "", MAC))
    assert (await rows(database, "SELECT stopped_at FROM controller WHERE controller_id = 'PS-NAS-01'"))[0][0] is None


async def test_a_stop_of_the_controller_leaves_the_others_alone(nas: Nas, swapping: Nas, database: Database) -> None:
    name = str(uuid4())
    assert await send(swapping, swapping.accounting(START, name, MAC))
    assert await send(nas, nas.accounting(ON, "", MAC))
    assert (await session(database, name)).ended_at is None


async def test_a_session_that_was_ended_by_mistake_goes_on_with_its_next_report(nas: Nas, database: Database) -> None:
    name = str(uuid4())
    assert await send(nas, nas.accounting(START, name, MAC))
    assert await send(nas, nas.accounting(ON, "", MAC))
    assert await send(nas, nas.accounting(INTERIM, name, MAC, output=700, seconds=30))
    row = await session(database, name)
    assert row.ended_at is None
    assert row.output_octets == 700
