"""Heavy work runs in a process of its own, which ends in time and with its parent, and takes nobody else along."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from pingshan_kit.errors import Unavailable
from pingshan_kit.worker import WorkEnded, Worker, WorkFailed
from pingshan_values.errors import DomainError

from tests.support.servers import until


@pytest_asyncio.fixture
async def worker() -> AsyncIterator[Worker]:
    made = Worker()
    yield made
    await made.close()


def count_up() -> int:
    number = 0
    while True:
        number += 1


def refuse() -> None:
    raise DomainError(why="too-large")


async def test_one_process_is_kept_for_all_work(worker: Worker) -> None:
    first = await worker.run(os.getpid, seconds=5)
    assert first != os.getpid()
    assert await asyncio.gather(*(worker.run(os.getpid, seconds=5) for _ in range(3))) == [first] * 3


async def test_work_that_takes_too_long_is_killed_and_the_next_is_done(worker: Worker) -> None:
    async def next_one() -> int:
        await asyncio.sleep(0.2)
        return await worker.run(abs, -1, seconds=5)

    began = time.monotonic()
    ended, found = await asyncio.gather(worker.run(count_up, seconds=0.5), next_one(), return_exceptions=True)
    assert isinstance(ended, WorkEnded)
    assert found == 1
    assert time.monotonic() - began < 30


async def test_work_that_needs_too_much_memory_is_ended(worker: Worker) -> None:
    with pytest.raises(WorkEnded):
        await worker.run(bytearray, 1024**3, seconds=5)
    assert await worker.run(abs, -1, seconds=5) == 1


async def test_only_rules_speak_and_other_errors_give_their_type(worker: Worker) -> None:
    with pytest.raises(DomainError) as refused:
        await worker.run(refuse, seconds=5)
    assert refused.value.params == {"why": "too-large"}
    with pytest.raises(WorkFailed) as failed:
        await worker.run(int, "张三", seconds=5)
    assert str(failed.value) == "ValueError"


async def test_nobody_gets_the_answer_of_one_who_left(worker: Worker) -> None:
    leaving = asyncio.create_task(worker.run(time.sleep, 0.5, seconds=5))
    await asyncio.sleep(0.3)
    leaving.cancel()
    assert await worker.run(abs, -7, seconds=5) == 7


async def test_who_comes_sixth_is_refused(worker: Worker) -> None:
    calls = [asyncio.create_task(worker.run(time.sleep, 0.2, seconds=5)) for _ in range(6)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(answer) for answer in answers] == [type(None)] * 5 + [Unavailable]


def test_it_ends_with_a_parent_that_is_killed() -> None:
    parents = (
        "import asyncio, os\n"
        "from pingshan_kit.worker import Worker\n"
        "async def main():\n"
        "    print(await Worker().run(os.getpid, seconds=5), flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    parent = subprocess.run([sys.executable, "-c", parents], stdout=subprocess.PIPE, check=False)
    assert parent.returncode == -9
    until(lambda: not Path(f"/proc/{int(parent.stdout)}/cmdline").exists())
