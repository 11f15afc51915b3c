"""An input that is heard, durable before the answer, beside a bare insert: `pytest -s tests/load/kit/bench_intake.py`.

The peer is a row of the same columns, already encrypted, inserted by a statement prepared on a held connection, one
after the other, each committed. CPU of this process alone; only ratios within a run say something.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from uuid import uuid4

import asyncpg
from pingshan_kit.intake import Word
from pingshan_kit.storage.database import Database

from tests.support.kit.intakes import NOISE, hearing
from tests.support.load.figures import Figures
from tests.support.platform import TestPlatform

CALLERS, EACH, ROUNDS = 50, 20, 3
PAYLOAD = "x" * 400
_INSERT = "INSERT INTO intake (id, kind, key, payload, traceparent) VALUES ($1, $2, $3, $4, '')"

Act = Callable[[], Awaitable[object]]


async def test_heard_against_a_bare_insert(platform: TestPlatform, database: Database, figures: Figures) -> None:
    bare = await asyncpg.connect(platform.database_admin_url("e-license"))
    statement = await bare.prepare(_INSERT)
    hear = hearing(database)

    async def insert() -> None:
        for _ in range(CALLERS * EACH):
            await statement.fetch(uuid4(), "bare", "key", PAYLOAD.encode())

    async def alone(count: int = CALLERS * EACH) -> None:
        for _ in range(count):
            await hear.hear(NOISE, Word("key", PAYLOAD))

    async def together() -> None:
        await asyncio.gather(*(alone(EACH) for _ in range(CALLERS)))

    async def at_once() -> None:
        for _ in range(CALLERS * EACH // 500):
            await hear.hear_all(NOISE, [Word("key", PAYLOAD)] * 500)

    ways: dict[str, Act] = {"alone": alone, f"{CALLERS} callers": together, "500 at once": at_once}
    rounds = [await _round(insert, ways) for _ in range(ROUNDS + 1)][1:]
    await bare.close()
    for name in ways:
        goal = None if name == "alone" else 1.0
        ratios = [each[name] for each in rounds]
        figures.add(f"kit: heard, {name}", *ratios, peer="bare insert, prepared, held connection", at_least=goal)


async def _round(peer: Act, ways: Mapping[str, Act]) -> dict[str, float]:
    """Bare inserts per CPU-second are 1."""
    bare = await _cpu(peer)
    return {name: bare / await _cpu(act) for name, act in ways.items()}


async def _cpu(act: Act) -> float:
    began = time.process_time()
    await act()
    return time.process_time() - began
