"""A group is committed, or it is not: whoever was not answered asks again, and gets what was done."""

import asyncio

from pingshan_kit.storage.database import Database
from pingshan_kit.storage.lane import Lane
from pingshan_kit.storage.tables import command, job, outbox, record
from sqlalchemy import Table, func, select

from tests.support.kit.lanes import at_once, calls, submitting
from tests.support.kit.service import ELicense, killed, process
from tests.support.platform import TestPlatform


async def counted(database: Database) -> list[int]:
    """Keys, events, jobs and records."""
    async with database.read() as tx:
        return [await _count(tx, table) for table in (command, outbox, job, record)]


async def _count(tx: object, table: Table) -> int:
    return (await tx.execute(select(func.count()).select_from(table))).scalar_one()  # type: ignore[attr-defined, no-any-return]


async def test_a_kill_between_commit_and_answer_does_nothing_twice(platform: TestPlatform, database: Database) -> None:
    records = (await counted(database))[3]
    await killed(process(platform.service("e-license", migrated=False), "group_and_die"))
    assert await counted(database) == [20, 20, 20, records + 20]
    lane = Lane(database)
    submit = submitting(lane, database)
    again = await at_once(*(submit(call) for call in calls(20)))
    once_more = await at_once(*(submit(call) for call in calls(20)))
    await lane.close()
    assert again == once_more
    assert all(isinstance(answer, dict) for answer in again)
    assert await counted(database) == [20, 20, 20, records + 20]


async def test_two_processes_do_the_same_calls_once(settings: ELicense, database: Database) -> None:
    records = (await counted(database))[3]
    replicas = [Database.from_settings(settings) for _ in range(2)]
    submits = [submitting(Lane(replica), replica) for replica in replicas]
    answers = await at_once(*(submit(call) for call in calls(40) for submit in submits))
    for replica in replicas:
        await replica.close()
    assert answers[::2] == answers[1::2]
    assert len({str(answer) for answer in answers}) == 40
    assert await counted(database) == [40, 40, 40, records + 40]
    await asyncio.sleep(0)
