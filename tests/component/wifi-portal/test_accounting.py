"""Accounting over real packets: what is answered was heard, and is applied soon afterwards, once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from time import time
from typing import Any
from uuid import uuid4

import pytest
from pingshan_kit.clock import now
from pingshan_kit.intake.runner import IntakeRunner
from pingshan_kit.storage.database import Database
from pingshan_wifi_portal.domain.session import AccountingOnOff
from pingshan_wifi_portal.entrypoints import intakes
from pingshan_wifi_portal.entrypoints.radius import Radius
from pingshan_wifi_portal.service import dependencies
from pingshan_wifi_portal.settings import Settings
from pingshan_wifi_portal.usecases.radius.record_accounting import record_accounting
from pingshan_wifi_portal.usecases.radius.shared import HeardAccounting
from pyrad import packet as peer
from sqlalchemy import text

from tests.support.kit.service import running
from tests.support.platform import BoundService
from tests.support.wifi_portal.nas import INTERIM, OFF, ON, START, STOP, Nas, number
from tests.support.wifi_portal.visitor import all_applied

MAC = "02:00:00:00:00:01"


@pytest.fixture(scope="module")
async def bound(platform_settings: Callable[..., BoundService]) -> BoundService:
    return platform_settings("wifi-portal", seeded=True)


@pytest.fixture(scope="module")
async def database(bound: BoundService) -> AsyncIterator[Database]:
    settings = bound.settings(Settings)
    database = Database.from_settings(settings)
    deps, close = dependencies(settings, database)
    runner = IntakeRunner(database, deps.personal, intakes.handlers())
    async with running(Radius(deps), runner):
        await asyncio.sleep(0.3)
        yield database
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
    """Reads once all that was heard is applied."""
    await all_applied(database)
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


@pytest.mark.parametrize("status", [ON, OFF])
async def test_an_old_start_or_stop_that_somebody_sends_again_ends_nothing(
    nas: Nas, database: Database, status: int
) -> None:
    """Recorded half an hour ago, as genuine as at first."""
    name, recorded = str(uuid4()), number(int(time()) - 1_800)
    assert await send(nas, nas.accounting(START, name, MAC))
    assert await send(nas, nas.accounting(status, "", MAC, a55=recorded))
    assert (await session(database, name)).ended_at is None
    assert (await rows(database, "SELECT stopped_at FROM controller WHERE controller_id = 'PS-NAS-01'"))[0][0] is None


@pytest.mark.parametrize("seconds", [0, 3_600])
async def test_a_stop_by_the_controllers_own_clock_ends_its_sessions(
    nas: Nas, database: Database, seconds: int
) -> None:
    """Right, or an hour ahead."""
    name = str(uuid4())
    assert await send(nas, nas.accounting(START, name, MAC))
    await asyncio.sleep(1.1)  # the stamp has whole seconds
    assert await send(nas, nas.accounting(ON, "", MAC, a55=number(int(time()) + seconds)))
    assert (await session(database, name)).end_cause == "controller-started"


async def test_a_stop_that_is_applied_late_counts_by_when_it_was_heard(database: Database) -> None:
    """Ten minutes behind, as after a power cut of everything."""
    heard_at = now() - timedelta(minutes=10)
    for on in (True, False):
        request = AccountingOnOff("PS-NAS-03", on, heard_at)
        async with database.begin() as tx:
            await record_accounting(tx, [HeardAccounting(request, heard_at, "")])
    assert (await rows(database, "SELECT stopped_at FROM controller WHERE controller_id = 'PS-NAS-03'"))[0][0]


async def test_a_session_that_was_ended_by_mistake_goes_on_with_its_next_report(nas: Nas, database: Database) -> None:
    name = str(uuid4())
    assert await send(nas, nas.accounting(START, name, MAC))
    assert await send(nas, nas.accounting(ON, "", MAC))
    assert await send(nas, nas.accounting(INTERIM, name, MAC, output=700, seconds=30))
    row = await session(database, name)
    assert row.ended_at is None
    assert row.output_octets == 700
