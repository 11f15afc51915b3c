"""What was heard is applied once and in order, whoever is killed, stands still or holds a lock meanwhile."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import uuid4

import pytest
from pingshan_kit.intake import Heard, IntakeHandler, Word
from pingshan_kit.intake import runner as runners
from pingshan_kit.intake.runner import IntakeRunner
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import command
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.kit.intakes import NOISE, PERSONAL, applied, apply, applying, hearing, parked, waiting, words
from tests.support.kit.service import ELicense, eventually, killed, process, running
from tests.support.platform import TestPlatform


@contextmanager
def another(platform: TestPlatform) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that applies too."""
    other = process(platform.service("e-license", migrated=False), "apply_heard")
    try:
        yield other
    finally:
        other.kill()
        other.wait()


def expected(count: int, keys: int) -> dict[str, list[str]]:
    return {f"key-{key}": [str(number) for number in range(count) if number % keys == key] for key in range(keys)}


async def test_a_kill_after_the_hearing_loses_nothing(platform: TestPlatform, database: Database) -> None:
    await killed(process(platform.service("e-license", migrated=False), "hear_and_die"))
    assert await waiting(database) == 40
    async with running(applying(database)):
        await eventually(lambda: waiting(database), 0)
    assert await applied(database) == expected(40, 1)


async def test_a_kill_in_the_middle_of_a_group_applies_nothing_of_it_and_nothing_twice(
    platform: TestPlatform, database: Database
) -> None:
    """Two full groups are committed; the third has the input that kills."""
    await hearing(database).hear_all(NOISE, [*words(120, keys=3), Word("key-0", "last")])
    await killed(process(platform.service("e-license", migrated=False), "apply_heard_and_die"))
    await eventually(lambda: waiting(database), 21)
    async with running(applying(database)):
        await eventually(lambda: waiting(database), 0)
    found = await applied(database)
    assert found.pop("key-0") == [*expected(120, 3)["key-0"], "last"]
    assert found == {key: numbers for key, numbers in expected(120, 3).items() if key != "key-0"}


async def test_two_replicas_apply_in_order_and_once_what_two_replicas_hear(
    platform: TestPlatform, settings: ELicense, database: Database
) -> None:
    """Of each key both hear in turns, each after the answer to the other."""
    replica = Database.from_settings(settings)
    doors = (hearing(database), hearing(replica))

    async def sender(key: str) -> None:
        for number in range(40):
            await doors[number % 2].hear(NOISE, Word(key, str(number)))

    with another(platform):
        async with running(applying(database), applying(replica)):
            await asyncio.gather(*(sender(f"key-{number}") for number in range(10)))
            await eventually(lambda: waiting(database), 0)
    await replica.close()
    assert await applied(database) == {f"key-{key}": [str(number) for number in range(40)] for key in range(10)}
    assert await parked(database) == []


async def test_a_replica_that_stands_still_in_a_group_applies_nothing_more_of_it(
    platform: TestPlatform, database: Database
) -> None:
    """PostgreSQL ends its transaction; the other one goes on, and thawed it finds nothing left."""
    await hearing(database).hear_all(NOISE, [*words(20), Word("key-0", "slow")])
    writing = text(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND state = 'idle in transaction' AND query LIKE 'INSERT INTO command%'"
    )

    async def writes() -> list[int]:
        async with database.read() as tx:
            return list((await tx.execute(writing)).scalars())

    async def is_writing() -> bool:
        return bool(await writes())

    with another(platform) as frozen:
        await eventually(is_writing, seconds=30)
        os.kill(frozen.pid, signal.SIGSTOP)
        async with running(applying(database)):
            await asyncio.sleep(0.5)
            assert await waiting(database) == 21, "nobody applies beside a transaction that is open"
            [pid] = await writes()
            async with database.begin() as tx:  # as idle_in_transaction_session_timeout does after a minute
                await tx.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            await eventually(lambda: waiting(database), 0)
            os.kill(frozen.pid, signal.SIGCONT)
            await asyncio.sleep(1)
            assert frozen.poll() is None
    assert await applied(database) == {"key-0": [*expected(20, 1)["key-0"], "slow"]}


async def test_while_a_table_of_the_effect_is_locked_everything_is_heard(
    platform: TestPlatform, settings: ELicense, database: Database
) -> None:
    url = make_url(platform.database_admin_url("e-license")).set(drivername="postgresql+asyncpg")
    holding = Database(url, settings)
    hear = hearing(database)
    async with running(applying(database)):
        async with holding.begin() as tx:
            await tx.execute(text("LOCK TABLE command IN ACCESS EXCLUSIVE MODE"))
            for start in range(0, 100, 20):
                await asyncio.wait_for(hear.hear_all(NOISE, words(100, keys=5)[start : start + 20]), 2)
            await asyncio.sleep(3)
            assert await waiting(database) == 100
        await eventually(lambda: waiting(database), 0)
    await holding.close()
    assert await applied(database) == expected(100, 5)
    assert await parked(database) == [], "a lock is nobody's fault"


async def test_a_row_that_somebody_holds_holds_up_its_key_alone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runners, "AWAY_SECONDS", 0.2)
    hear = hearing(database)
    await hear.hear_all(NOISE, words(100, keys=5))

    touch = command.update().where(command.c.caller == "held").values(response={})

    async def touching(tx: AsyncConnection, heard: Sequence[Heard]) -> None:
        if any(each.key == "key-2" for each in heard):
            await tx.execute(touch)
        await apply(tx, heard)

    async with database.begin() as tx:
        await tx.execute(command.insert().values(caller="held", request_id=uuid4(), request_hash=b"held"))
    async with running(IntakeRunner(database, PERSONAL, [IntakeHandler(NOISE, touching)])):
        async with database.begin() as holder:
            await holder.execute(touch)
            await eventually(lambda: waiting(database), 20, seconds=20)
        await eventually(lambda: waiting(database), 0)
    found = await applied(database)
    del found["held"]
    assert found == expected(100, 5)
    assert await parked(database) == []


async def test_while_the_intake_is_locked_nobody_is_answered_and_afterwards_nothing_is_missing(
    platform: TestPlatform, settings: ELicense, database: Database
) -> None:
    url = make_url(platform.database_admin_url("e-license")).set(drivername="postgresql+asyncpg")
    holding = Database(url, settings)
    hear = hearing(database)
    async with running(applying(database)):
        await hear.hear(NOISE, Word("key-0", "0"))
        async with holding.begin() as tx:
            await tx.execute(text("LOCK TABLE intake IN ACCESS EXCLUSIVE MODE"))
            answers = [asyncio.ensure_future(hear.hear(NOISE, Word("key-0", str(number)))) for number in (1, 2)]
            answers.append(asyncio.ensure_future(hear.hear_all(NOISE, [Word("key-0", "3")])))
            await asyncio.sleep(2)
            assert not any(answer.done() for answer in answers)
        await asyncio.gather(*answers)
        await eventually(lambda: waiting(database), 0)
    await holding.close()
    assert sorted((await applied(database))["key-0"]) == ["0", "1", "2", "3"]
