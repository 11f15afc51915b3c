"""What is over is deleted, in batches and by rules that are said once; nothing else is."""

import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from pingshan_kit import clock, housekeeping
from pingshan_kit.database import Database
from pingshan_kit.event_log import make_partitions
from pingshan_kit.housekeeping import Kept, clean, delete_over, past_periods
from pingshan_kit.ids import uuid7
from pingshan_kit.tables import command, dead_letter, event_log, inbox, job, record
from sqlalchemy import Integer, Table, func, literal_column, select, text
from structlog.testing import capture_logs

from tests.support.platform import TestPlatform

PARTITIONS = "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'event_log'::regclass"
BACKLOG = 120_000
ADD = """INSERT INTO inbox (consumer, event_id, received_at)
         SELECT 'c', gen_random_uuid(), now() - interval '200 days' FROM generate_series(1, :rows)"""


async def count(database: Database, table: Table) -> int:
    async with database.read() as tx:
        return (await tx.execute(select(func.count()).select_from(table))).scalar_one()


async def add_letter(database: Database, key: str, *, resolved: int | None) -> None:
    """A job that died 200 days ago, and its dead letter, resolved that many days ago."""
    long_ago = clock.now() - timedelta(days=200)
    dead = {"kind": "send", "key": key, "payload": {}, "state": "dead", "traceparent": "", "finished_at": long_ago}
    letter: dict[str, Any] = {"id": uuid7(), "source": "job", "handler": "send", "message_id": key, "subject": "send"}
    letter |= {"payload": b"", "headers": {}, "code": "X", "attempts": 1, "trace_id": "", "died_at": long_ago}
    if resolved is not None:
        letter |= {"resolved_at": clock.now() - timedelta(days=resolved), "resolution": "discarded"}
    async with database.begin() as tx:
        await tx.execute(job.insert().values(dead))
        await tx.execute(dead_letter.insert().values(letter))


async def test_only_what_is_over_is_deleted_and_the_log_says_how_much(database: Database) -> None:
    rows = [(clock.now() - timedelta(days=days), uuid4()) for days in (1, 29, 31, 119, 121)]
    async with database.begin() as tx:
        for at, number in rows:
            await tx.execute(inbox.insert().values(consumer="c", event_id=number, received_at=at))
            await tx.execute(command.insert().values(caller="c", request_id=number, request_hash=b"", created_at=at))
    with capture_logs() as logs:
        await clean(database, ())
        await clean(database, ())
    assert (await count(database, inbox), await count(database, command)) == (4, 2)
    assert logs == [{"event": "housekeeping.deleted", "log_level": "info", "command": 3, "inbox": 1}]


async def test_dead_letters_go_after_their_decision_and_dead_jobs_with_it(database: Database) -> None:
    await add_letter(database, "open", resolved=None)
    await add_letter(database, "just resolved", resolved=1)
    await add_letter(database, "resolved long ago", resolved=121)
    await clean(database, ())
    async with database.read() as tx:
        letters = set((await tx.execute(select(dead_letter.c.message_id))).scalars())
        jobs = set((await tx.execute(select(job.c.key))).scalars())
    assert letters == {"open", "just resolved"}
    assert jobs == {"open"}, "whoever retries the letter needs its job"


async def test_rows_of_past_periods_are_kept_for_an_hour(database: Database) -> None:
    async with database.begin() as tx:
        for kind, minutes in (("tick", 61), ("tick", 59), ("send", 61)):
            over = {"state": "done", "finished_at": clock.now() - timedelta(minutes=minutes)}
            row = {"kind": kind, "key": str(minutes), "payload": {}, "traceparent": ""}
            await tx.execute(job.insert().values(row | over))
    await clean(database, [past_periods(["tick", "tock"])])
    async with database.read() as tx:
        left = (await tx.execute(select(job.c.kind, job.c.key).order_by(job.c.id))).all()
    assert [tuple(row) for row in left] == [("tick", "59"), ("send", "61")]


async def test_a_backlog_holds_no_long_transaction(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = Kept(inbox, "received_at", timedelta(days=120))
    async with database.begin() as tx:
        await tx.execute(text(ADD), {"rows": BACKLOG})
        await tx.execute(inbox.insert().values(consumer="c", event_id=uuid4()))
    sizes = []
    begin = database.begin

    def counted() -> Any:
        sizes.append(1)
        return begin()

    monkeypatch.setattr(database, "begin", counted)
    assert await delete_over(database, rule) == BACKLOG
    assert len(sizes) == BACKLOG / 5_000 + 1
    assert await count(database, inbox) == 1


async def test_a_row_in_use_is_left_for_the_next_time(database: Database) -> None:
    rule = Kept(inbox, "received_at", timedelta(days=120))
    async with database.begin() as tx:
        await tx.execute(text(ADD), {"rows": 3})
    async with database.begin() as user:
        await user.execute(select(inbox).limit(1).with_for_update())
        assert await delete_over(database, rule) == 2
    assert await delete_over(database, rule) == 1


async def test_a_rule_that_fails_holds_up_no_other(database: Database) -> None:
    broken = Kept(command, "created_at", where=literal_column("1 / 0", Integer) == 1)
    after = Kept(inbox, "received_at")
    async with database.begin() as tx:
        await tx.execute(inbox.insert().values(consumer="c", event_id=uuid4()))
        await tx.execute(
            command.insert().values(
                caller="c", request_id=uuid4(), request_hash=b"", created_at=clock.now() - timedelta(days=1)
            )
        )
    with capture_logs() as logs, pytest.raises(ExceptionGroup):
        await clean(database, (broken, after))
    assert logs[0]["inbox"] == 1


@pytest.mark.parametrize(("table", "column"), [(inbox, "no_such"), (record, "recorded_at")])
def test_a_rule_that_cannot_work_is_refused_at_once(table: Table, column: str) -> None:
    with pytest.raises(ValueError, match=table.name):
        Kept(table, column)


async def test_every_rule_of_the_kit_finds_its_rows_by_an_index(database: Database) -> None:
    for rule in housekeeping.KIT:
        async with database.read() as tx:
            indexed = await tx.execute(
                text("SELECT 1 FROM pg_indexes WHERE tablename = :table AND position(:column IN indexdef) > 0"),
                {"table": rule.table.name, "column": f"({rule.column})"},
            )
            assert indexed.first(), f"{rule.table.name}.{rule.column}"


async def test_partitions_of_the_event_log_wait_for_a_long_reader_and_hold_up_nobody(
    database: Database, platform: TestPlatform
) -> None:
    admin = await asyncpg.connect(platform.database_admin_url("e-license"))
    farthest = max(row["relname"] for row in await admin.fetch(PARTITIONS))
    await admin.execute(f"DROP TABLE {farthest}")
    async with database.read() as reader, database.dedicated() as relay:
        await reader.execute(select(event_log))
        begun = time.monotonic()
        with capture_logs() as logs:
            await make_partitions(relay)
        assert time.monotonic() - begun < 2
        assert [entry["event"] for entry in logs] == ["event_log.partitions_postponed"]
        await reader.rollback()
        await make_partitions(relay)
    assert max(row["relname"] for row in await admin.fetch(PARTITIONS)) == farthest
    await admin.close()
