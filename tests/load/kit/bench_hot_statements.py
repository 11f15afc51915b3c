"""What a read by key and a record alone cost, each way: `pytest tests/load/kit/bench_hot_statements.py -s`.

CPU of this process per caller, 20 callers at once; PostgreSQL's own is not counted. Only ratios within a run say
something. The bare peer is a statement prepared on a held connection, one caller after the other.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import asyncpg
from pingshan_kit import audit_log
from pingshan_kit.audit_log import Recorder
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.lane import Lane
from pingshan_kit.storage.tables import command
from pingshan_values.actor import ANONYMOUS
from sqlalchemy import select

from tests.support.kit.lanes import Key, Ordinary, finding, keys
from tests.support.kit.service import ELicense
from tests.support.load.figures import Figures
from tests.support.platform import TestPlatform

ROWS = 200
CALLERS = 20
EACH = 40
ROUNDS = 3

Act = Callable[[int], Awaitable[object]]


@dataclass(frozen=True)
class Cost:
    cpu: float
    """Milliseconds of CPU of this process per caller."""
    wall: float


async def test_cost_of_hot_statements(
    platform: TestPlatform, settings: ELicense, database: Database, figures: Figures
) -> None:
    wide = Database.from_settings(settings.model_copy(update={"database_pool_size": CALLERS}))
    known = await keys(database, ROWS)
    bare = await asyncpg.connect(platform.database_admin_url("e-license"))
    statement = await bare.prepare("SELECT request_hash FROM command WHERE caller = $1 AND request_id = $2")
    find = finding(Lane(wide, read_only=True), Ordinary(wide))
    recorder = Recorder(wide)

    async def in_transaction(number: int) -> None:
        async with wide.begin() as tx:
            await _select(tx, known[number % ROWS])

    async def reading(number: int) -> None:
        async with wide.read() as tx:
            await _select(tx, known[number % ROWS])

    async def joined(number: int) -> None:
        assert await find(known[number % ROWS])

    async def prepared(number: int) -> None:
        assert await statement.fetchrow(*known[number % ROWS])

    async def record_alone(number: int) -> None:
        async with wide.begin() as tx:
            await audit_log.append(tx, actor=ANONYMOUS, act="bench", subject=f"license:{number}", details={})

    async def record_joined(number: int) -> None:
        await recorder.record(actor=ANONYMOUS, act="bench", subject=f"license:{number}", details={})

    reads = {"transaction": in_transaction, "read pool": reading, "joined": joined}
    found = await _best(reads) | {"prepared, held": await _one_by_one(prepared)}
    _print("read by key", "transaction", found)
    for way in reads:
        peer = "a bare prepared fetch on a held connection"
        figures.add(f"kit: CPU of a read by key, {way}", found[way].cpu / found["prepared, held"].cpu, peer=peer)
    costs = await _best({"transaction": record_alone, "joined": record_joined})
    _print("record alone", "transaction", costs)
    await bare.close()
    await wide.close()
    ratio = costs["joined"].cpu / costs["transaction"].cpu
    figures.add("kit: CPU of a record, joined", ratio, peer="one in its own transaction", at_most=1)


async def _select(tx: object, key: Key) -> None:
    query = select(command.c.request_hash).where(command.c.caller == key[0], command.c.request_id == key[1])
    assert (await tx.execute(query)).scalar_one()  # type: ignore[attr-defined]


async def _best(ways: Mapping[str, Act]) -> dict[str, Cost]:
    """The least of some rounds of each way, which take turns."""
    rounds = [{name: await _cost(act) for name, act in ways.items()} for _ in range(ROUNDS + 1)][1:]
    return {name: min((each[name] for each in rounds), key=lambda cost: cost.cpu) for name in ways}


async def _cost(act: Act) -> Cost:
    async def caller(first: int) -> None:
        for number in range(EACH):
            await act(first * EACH + number)

    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*map(caller, range(CALLERS)))
    count = CALLERS * EACH
    return Cost((time.process_time() - cpu) * 1000 / count, (time.perf_counter() - wall) * 1000 / count)


async def _one_by_one(act: Act) -> Cost:
    cpu, wall = time.process_time(), time.perf_counter()
    for number in range(CALLERS * EACH):
        await act(number)
    count = CALLERS * EACH
    return Cost((time.process_time() - cpu) * 1000 / count, (time.perf_counter() - wall) * 1000 / count)


def _print(what: str, base: str, costs: Mapping[str, Cost]) -> None:
    for way, cost in costs.items():
        ratio = costs[base].cpu / cost.cpu
        print(f"\n{what:12} {way:15} {cost.cpu:7.3f} ms CPU {cost.wall:7.3f} ms each, {ratio:5.1f} × {base}", end="")
