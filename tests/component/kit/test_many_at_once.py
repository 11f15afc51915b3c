"""Events, jobs, records and keys for many at once are what they are one by one, in their order."""

import asyncio
from uuid import uuid4

import pytest
from pingshan_kit import audit_log
from pingshan_kit.audit_log import Recorder
from pingshan_kit.errors import InvalidRequest, RequestIdReused
from pingshan_kit.events import outbox
from pingshan_kit.events.outbox import UndeclaredSubjectError
from pingshan_kit.idempotency import Call, remember_all, replay, replay_all
from pingshan_kit.jobs import Queued, enqueue, enqueue_all
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import job, record
from pingshan_kit.storage.tables import outbox as outbox_table
from pingshan_values.actor import ANONYMOUS
from sqlalchemy import select

from tests.support.kit.service import SEND, Message, license_issued, session_ended


@pytest.fixture
async def recorder(database: Database) -> Recorder:
    return Recorder(database)


async def test_events_are_published_in_their_order_or_not_at_all(database: Database) -> None:
    events = [license_issued(number) for number in range(300)]
    database.outbox_added.clear()
    async with database.begin() as tx:
        await outbox.publish_all(tx, events)
        await outbox.publish_all(tx, [])
    assert database.outbox_added.is_set()
    async with database.read() as tx:
        kept = (await tx.execute(select(outbox_table).order_by(outbox_table.c.position))).all()
    assert [row.event_id for row in kept] == [event.event_id for event in events]
    assert [row.payload for row in kept] == [event.model_dump_json() for event in events]
    with pytest.raises(UndeclaredSubjectError):
        async with database.begin() as tx:
            await outbox.publish_all(tx, [license_issued(1), session_ended("of identity")])


async def test_jobs_are_enqueued_once_per_key_and_two_who_enqueue_the_same_do_not_block_each_other(
    database: Database,
) -> None:
    jobs = [Queued(SEND, str(number), Message(to="a")) for number in range(100)]
    database.jobs_added.clear()

    async def add(order: int) -> None:
        async with database.begin() as tx:
            await enqueue_all(tx, [*jobs[::order], jobs[0]])

    await asyncio.gather(*(add(1 if number % 2 else -1) for number in range(10)))
    async with database.begin() as tx:
        await enqueue(tx, SEND, "1", Message(to="b"))
    assert database.jobs_added.is_set()
    async with database.read() as tx:
        kept = (await tx.execute(select(job))).all()
    assert sorted(row.key for row in kept) == sorted(each.key for each in jobs)
    assert {row.payload["to"] for row in kept} == {"a"}


async def test_records_alone_share_statements_and_the_chain_holds(database: Database, recorder: Recorder) -> None:
    async def note(number: int) -> None:
        await recorder.record(
            actor=ANONYMOUS,
            act="license.verified",
            subject=f"license:{number}",
            details={"purpose": "查验", "n": number},
        )

    bad = recorder.record(actor=ANONYMOUS, act="license.verified", subject="nul\0", details={})
    *good, refused = await asyncio.gather(*map(note, range(60)), bad, return_exceptions=True)
    assert (good, type(refused)) == ([None] * 60, InvalidRequest)
    async with database.begin() as tx:
        await audit_log.append(tx, actor=ANONYMOUS, act="license.verified", subject="license:60", details={"n": 60})
    async with database.read() as tx:
        rows = (await tx.execute(select(record).order_by(record.c.id.desc()).limit(61))).all()
    assert [row.subject for row in reversed(rows)] == [f"license:{number}" for number in range(61)]
    assert [row.details["n"] for row in reversed(rows)] == list(range(61))
    await audit_log.Sealer(database).seal()
    async with database.read() as tx:
        assert await audit_log.verify(tx) >= 61


async def test_calls_of_many_are_told_apart(database: Database) -> None:
    old, new, changed = (Call("c", uuid4(), {"a": number}) for number in range(3))
    async with database.begin() as tx:
        assert await replay_all(tx, [old, changed]) == [None, None]
        await remember_all(tx, {old.key: {"done": 1}, changed.key: {"done": 2}})
    async with database.begin() as tx:
        other = Call(changed.caller, changed.request_id, {"a": "other"})
        reused, replayed, first = await replay_all(tx, [other, old, new])
        await remember_all(tx, {new.key: {"done": 3}})
    assert (type(reused), replayed, first) == (RequestIdReused, {"done": 1}, None)
    async with database.begin() as tx:
        assert await replay(tx, caller="c", request_id=new.request_id, request={"a": 1}) == {"done": 3}
        with pytest.raises(ValueError, match="one key"):
            await replay_all(tx, [new, new])
