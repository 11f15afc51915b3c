"""Ingest, durable before the answer, beside a bare insert into the same PostgreSQL in the same run.

Not part of `make test`. The peer is the least that durability costs: one row, one commit, eight connections.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

import asyncpg
import httpx

from tests.support.alerts.service import Rows, ponding

CLIENTS = 8
REPEATS, NEW = 400, 200
LEAST = 0.005
"""An authenticated HTTP request with five statements, against one statement; below this something is broken."""


async def _rate(count: int, act: Callable[[int], Awaitable[None]]) -> float:
    """Acts per second, `CLIENTS` at a time."""
    numbers = iter(range(count))

    async def client() -> None:
        for number in numbers:
            await act(number)

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return count / (time.perf_counter() - started)


async def test_ratio(
    api: httpx.AsyncClient, detector: dict[str, str], rows: Rows, record_property: Callable[[str, object], None]
) -> None:
    pool = await asyncpg.create_pool(rows.url, min_size=CLIENTS, max_size=CLIENTS)
    await pool.execute("CREATE TABLE bare (id uuid PRIMARY KEY, payload text NOT NULL)")

    async def bare(_: int) -> None:
        await pool.execute("INSERT INTO bare VALUES ($1, $2)", uuid4(), str(ponding()))

    async def new(number: int) -> None:
        await _report(f"PS-CAM-{number % 240 + 1:03d}")

    async def repeat(_: int) -> None:
        await _report("PS-CAM-240")

    async def _report(camera: str) -> None:
        headers = detector | {"Idempotency-Key": str(uuid4())}
        answer = await api.post("/v1/detections/video", json=ponding(camera), headers=headers)
        assert answer.status_code == 202, answer.text

    await _rate(50, repeat)
    figures = {
        "bare insert": await _rate(2_000, bare),
        "repeat": await _rate(REPEATS, repeat),
        "new alert, 24 deliveries": await _rate(NEW, new),
    }
    await pool.close()
    reference = figures["bare insert"]
    for name, figure in figures.items():
        print(f"{name}: {figure:,.0f}/s, {figure / reference:.3f} of a bare insert")
        record_property(name, round(figure))
    assert await rows.one("SELECT sum(report_count) FROM alert") == 50 + NEW + REPEATS
    assert figures["repeat"] / reference > LEAST
