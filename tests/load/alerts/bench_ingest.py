"""Reports ÷ bare inserts of as many rows, durable before the answer: `pytest -s tests/load/alerts/bench_ingest.py`.

The peer is the least that durability costs: one statement, one commit, on a connection that the caller holds. A report
of a known alert is put beside one row; a new alert, which tells 24 recipients, beside one statement of as many rows as
it leaves behind. Both by the use case in this process, per CPU-second of this process and PostgreSQL together.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import asyncpg
import psutil
import pytest
from pingshan_alerts.service import dependencies
from pingshan_alerts.settings import Settings
from pingshan_alerts.usecases.dependencies import Dependencies
from pingshan_alerts.usecases.intake.report_video_detection import ReportVideoDetection, report_video_detection
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor, ActorKind

from tests.support.alerts.service import Rows, ponding
from tests.support.load.figures import Figures
from tests.support.load.measuring import Processes, cpu_seconds

CLIENTS, ROUNDS = 8, 5
BARE, REPEATS, NEW = 2_000, 400, 160
GOAL = 0.3
ANALYSER = Actor(kind=ActorKind.CLIENT, client_id="video-analyser", roles=frozenset({"detector"}))
Act = Callable[[int], Awaitable[None]]
Rate = Callable[[int, Act], Awaitable[float]]


@pytest.fixture(scope="module")
async def deps(settings: Settings) -> AsyncIterator[Dependencies]:
    database = Database.from_settings(settings)
    deps, close = dependencies(settings, database)
    yield deps
    await close()
    await database.close()


@pytest.fixture(scope="module")
async def held(rows: Rows) -> AsyncIterator[list[asyncpg.Connection]]:
    """One connection for each client of the bare inserts."""
    connections = [await asyncpg.connect(rows.url) for _ in range(CLIENTS)]
    await connections[0].execute("CREATE TABLE bare (id uuid PRIMARY KEY, payload text NOT NULL)")
    yield connections
    for connection in connections:
        await connection.close()


@pytest.fixture(scope="module")
def rate(postgres_processes: Processes) -> Rate:
    """Acts per CPU-second, `CLIENTS` at a time."""

    def spent() -> float:
        return cpu_seconds([psutil.Process(), *postgres_processes()])

    async def rate(count: int, act: Act) -> float:
        numbers = iter(range(count))

        async def client() -> None:
            for number in numbers:
                await act(number)

        before = spent()
        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        return count / (spent() - before)

    return rate


async def test_report_of_a_known_alert(
    deps: Dependencies, held: list[asyncpg.Connection], rate: Rate, figures: Figures
) -> None:
    async def repeat(_: int) -> None:
        await _report(deps, "PS-CAM-240")

    bare = await _bare(held, rows=1)
    await rate(50, repeat)
    ratios = []
    for _ in range(ROUNDS):
        reference, found = await rate(BARE, bare), await rate(REPEATS, repeat)
        ratios.append(found / reference)
        print(f"\nbare insert {reference:,.0f}/CPU-s, report of a known alert {found:,.0f}/CPU-s", end="")
    figures.add("alerts: report of a known alert", *ratios, peer="a bare insert", at_least=GOAL)
    counted = await held[0].fetchval("SELECT report_count FROM alert")
    assert counted == 50 + ROUNDS * REPEATS, "every report counts once"


async def test_new_alert(deps: Dependencies, held: list[asyncpg.Connection], rate: Rate, figures: Figures) -> None:
    async def new(number: int) -> None:
        await _report(deps, f"PS-CAM-{number + 1:03d}")

    ratios = []
    for _ in range(ROUNDS):
        await held[0].execute("TRUNCATE alert CASCADE")
        before = await _rows(held[0])
        found = await rate(NEW, new)
        rows = (await _rows(held[0]) - before) // NEW
        reference = await rate(NEW * 4, await _bare(held, rows=rows))
        ratios.append(found / reference)
        print(f"\nbare insert of {rows} rows {reference:,.0f}/CPU-s, new alert {found:,.0f}/CPU-s", end="")
    assert await held[0].fetchval("SELECT count(*) FROM delivery") == NEW * 24
    peer = "a bare insert of as many rows"
    figures.add("alerts: new alert with 24 deliveries", *ratios, peer=peer, at_least=GOAL)


async def _report(deps: Dependencies, camera: str) -> None:
    await report_video_detection(deps, ANALYSER, ReportVideoDetection(uuid4(), ponding(camera)))


async def _bare(held: list[asyncpg.Connection], *, rows: int) -> Act:
    """Inserts so many rows by one prepared statement."""
    statement = "INSERT INTO bare SELECT * FROM unnest($1::uuid[], $2::text[])"
    prepared = [await connection.prepare(statement) for connection in held]
    free = list(prepared)
    payload = [str(ponding())] * rows

    async def insert(_: int) -> None:
        mine = free.pop()
        await mine.fetch([uuid4() for _ in range(rows)], payload)
        free.append(mine)

    return insert


async def _rows(connection: asyncpg.Connection) -> int:
    """How many rows the service's tables hold."""
    names = await connection.fetch("SELECT relname FROM pg_stat_user_tables WHERE relname <> 'bare'")
    counts = [await connection.fetchval(f'SELECT count(*) FROM "{each["relname"]}"') for each in names]
    return sum(counts)
