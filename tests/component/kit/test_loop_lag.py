"""How long a computation keeps the event loop from all others is measured, and said by readiness."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator

import pytest_asyncio
from pingshan_kit.fair import in_turns
from pingshan_kit.loop_lag import LoopLag
from pingshan_kit.readiness import Readiness
from pingshan_kit.storage.database import Database


def compute(seconds: float) -> None:
    """Uses the processor, in this thread, for so long."""
    began = time.thread_time()
    while time.thread_time() - began < seconds:
        hashlib.sha256(b"x" * 1000).digest()


@pytest_asyncio.fixture
async def readiness(alerts_database: Database) -> AsyncIterator[Readiness]:
    made = Readiness("alerts", alerts_database)
    measuring = asyncio.create_task(made.figures.loop_lag.run())
    await asyncio.sleep(0.1)
    yield made
    measuring.cancel()


async def test_a_computation_in_the_loop_is_measured_and_called_a_fault(readiness: Readiness) -> None:
    compute(1.3)
    await asyncio.sleep(0.2)
    _, facts = await readiness.report()
    assert 1.2 < facts["figures"]["loop_lag"]["busy"] <= facts["figures"]["loop_lag"]["late"]
    assert facts["status"] == "degraded"
    assert "a computation held up the event loop for 1.3 s" in facts["state"]["en"]


async def test_waiting_is_no_computation(readiness: Readiness) -> None:
    time.sleep(0.4)  # noqa: ASYNC251 - as where another process has the core
    await asyncio.sleep(0.2)
    assert readiness.figures.loop_lag.worst.late > 0.3
    assert readiness.figures.loop_lag.worst.busy < 0.1


async def test_many_small_steps_let_others_have_their_turn() -> None:
    lag = LoopLag()
    measuring = asyncio.create_task(lag.run())
    await asyncio.sleep(0.1)
    assert await in_turns(compute(0.005) or number for number in range(100)) == list(range(100))
    await asyncio.sleep(0.1)
    measuring.cancel()
    assert 0 < lag.worst.busy < 0.1


async def test_what_a_start_computes_is_in_nobodys_way(alerts_database: Database) -> None:
    starting = Readiness("alerts", alerts_database)
    starting.waiting_for["events"] = asyncio.Event()
    measuring = asyncio.create_task(starting.measure_lag())
    await asyncio.sleep(0.1)
    compute(0.4)
    await asyncio.sleep(0.2)
    assert starting.figures.loop_lag.worst.busy == 0
    starting.waiting_for["events"].set()
    await asyncio.sleep(0.1)
    compute(0.4)
    await asyncio.sleep(0.2)
    assert starting.figures.loop_lag.worst.busy > 0.3
    measuring.cancel()
