"""PostgreSQL whose own storage fails: its disk is full or gives errors, its files may not grow or be written.

What it then refuses is nobody's fault but its own: acts are refused with 503, and no event or job counts a try.
"""

import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from pingshan_events.e_license import LicenseIssued
from pingshan_kit.errors import Unavailable
from pingshan_kit.events.bus import Bus, Consumer
from pingshan_kit.events.relay import Relay
from pingshan_kit.jobs import Job, JobHandler, JobKind, enqueue
from pingshan_kit.jobs.runner import JobRunner
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.lane import Lane
from pingshan_kit.storage.tables import command, dead_letter, job
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from tests.support.kit.service import Alerts, ELicense, Message, effects, eventually, issue, note, running
from tests.support.platform import TestPlatform

ONCE = JobKind("send", Message, attempts=1)
OF_ITS_STORAGE = {
    "53000": "insufficient_resources: no file may be opened any more",
    "53100": "disk_full",
    "53200": "out_of_memory",
    "58000": "system_error",
    "58030": "io_error",
    "58P01": "undefined_file",
    "XX001": "data_corrupted: a page with a wrong checksum",
    "XX002": "index_corrupted",
}
OF_ITS_KEEPER = {
    "25P04": "transaction_timeout",
    "28000": "invalid_authorization_specification",
    "28P01": "invalid_password: it is being changed",
    "3D000": "invalid_catalog_name: the database is being restored",
    "53300": "too_many_connections",
    "57P03": "cannot_connect_now",
    "57P05": "idle_session_timeout",
}
OF_THE_STATEMENT = {
    "22012": "division_by_zero",
    "23514": "check_violation",
    "42501": "insufficient_privilege",
    "54000": "program_limit_exceeded",
    "XX000": "internal_error",
}


def raising(code: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION 'failed' USING ERRCODE = '{code}'; END $$"


async def by_act(database: Database, sql: str) -> None:
    async with database.begin() as tx:
        await tx.execute(text(sql))


async def by_read(database: Database, sql: str) -> None:
    async with database.read() as tx:
        await tx.execute(text(sql))


async def by_session(database: Database, sql: str) -> None:
    async with database.dedicated() as connection:
        await connection.execute(sql)


async def by_lane(database: Database, sql: str) -> None:
    lane = Lane(database)
    try:
        await lane.fetch(sql)
    finally:
        await lane.close()


WAYS = pytest.mark.parametrize("way", [by_act, by_read, by_session, by_lane])


@WAYS
@pytest.mark.parametrize("code", [*OF_ITS_STORAGE, *OF_ITS_KEEPER])
async def test_what_is_no_fault_of_the_statement_is_unavailable(database: Database, way: Any, code: str) -> None:
    with pytest.raises(Unavailable):
        await way(database, raising(code))


@WAYS
@pytest.mark.parametrize("code", OF_THE_STATEMENT)
async def test_what_is_the_statements_own_stays_a_failure(database: Database, way: Any, code: str) -> None:
    with pytest.raises((DBAPIError, asyncpg.PostgresError)):
        await way(database, raising(code))


GROWING_TABLE = (
    "INSERT INTO command (caller, request_id, request_hash, response) SELECT 'x', gen_random_uuid(), '',"
    " jsonb_build_object('a', repeat(md5(n::text), 50)) FROM generate_series(1, 3000) AS n"
)
GROWING_SORT = "SELECT count(*) FROM (SELECT md5(n::text) AS m FROM generate_series(1, 2000000) AS n ORDER BY m) AS s"


@pytest.mark.parametrize("sql", [GROWING_TABLE, GROWING_SORT], ids=["table", "sort"])
async def test_a_file_that_may_not_grow(database: Database, sql: str) -> None:
    """EFBIG has no SQLSTATE of its own (XX000): a quota, a limit of the process, a file system without large files."""
    limited: list[int] = []

    async def act() -> None:
        async with database.begin() as tx:
            limited.append((await tx.execute(text("SELECT pg_backend_pid()"))).scalar_one())
            may_not_grow(limited[0])
            await tx.execute(text(sql))

    with pytest.raises(Unavailable):
        await act()
    async with database.dedicated() as connection:
        await connection.execute("SELECT pg_terminate_backend($1)", limited[0])


def may_not_grow(pid: int) -> None:
    """Only the process's own user may limit it."""
    owner = Path(f"/proc/{pid}").stat()
    limit = ["prlimit", "--pid", str(pid), "--fsize=100000:"]
    as_owner = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    subprocess.run(limit, check=True, **as_owner)  # type: ignore[call-overload]


@asynccontextmanager
async def failing(admin: asyncpg.Connection, code: str) -> AsyncIterator[None]:
    """Every effect of a handler meets an error of the disk."""
    body = f"BEGIN RAISE EXCEPTION 'failed' USING ERRCODE = '{code}'; END"
    await admin.execute(f"CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
    await admin.execute("CREATE TRIGGER fails BEFORE INSERT ON command EXECUTE FUNCTION fail()")
    try:
        yield
    finally:
        await admin.execute("DROP TRIGGER fails ON command")
        await admin.execute("DROP FUNCTION fail()")


@pytest.mark.parametrize("code", ["58030", "53100"])
async def test_no_event_and_no_job_counts_a_try(
    platform: TestPlatform,
    settings: ELicense,
    database: Database,
    alerts_settings: Alerts,
    alerts_database: Database,
    code: str,
) -> None:
    tries: list[int] = []

    async def send(task: Job[Message]) -> None:
        tries.append(task.attempt)
        async with alerts_database.begin() as tx:
            await tx.execute(command.insert().values(caller="job", request_id=uuid4(), request_hash=b""))

    admin = await asyncpg.connect(platform.database_admin_url("alerts"))
    consumer = Consumer("notify-license-issued", LicenseIssued, note)
    bus = Bus(alerts_settings, alerts_database, [consumer], [], retry_seconds=(0.1,))
    jobs = JobRunner(alerts_database, [JobHandler(ONCE, send)], [])
    async with running(Relay(settings, database), bus, jobs):
        async with failing(admin, code):
            await issue(database, 3)
            async with alerts_database.begin() as tx:
                await enqueue(tx, ONCE, code, Message())
            await eventually(lambda: tried(tries))
        await eventually(lambda: effects(alerts_database), 4, seconds=30)
        await eventually(lambda: done(alerts_database, code), 1)
    await admin.close()
    assert set(tries) == {1}
    async with alerts_database.read() as tx:
        assert (await tx.execute(select(func.count()).select_from(dead_letter))).scalar_one() == 0


async def tried(tries: list[int]) -> bool:
    return len(tries) > 1


async def done(database: Database, key: str) -> int:
    async with database.read() as tx:
        found = select(func.count()).select_from(job).where(job.c.state == "done", job.c.key == key)
        return (await tx.execute(found)).scalar_one()
