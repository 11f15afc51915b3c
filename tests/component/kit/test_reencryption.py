"""A new data key: marked columns move to it in batches, whatever interrupts that; nothing else changes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import asyncpg
import pytest
from pingshan_kit import jobs
from pingshan_kit.crypto import PersonalData
from pingshan_kit.events.dead_letters import Failure, bury, count_failure
from pingshan_kit.jobs import Job, JobHandler, JobKind, reencryption
from pingshan_kit.jobs.reencryption import KeyUse, Reencryption
from pingshan_kit.jobs.runner import JobRunner
from pingshan_kit.storage.database import Database, to_json
from pingshan_kit.storage.migrate import Store, migrate
from pingshan_kit.storage.tables import APPEND_ONLY, dead_letter, encrypted, job
from pydantic import BaseModel
from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Table, Text, delete, func, select, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.kit.service import ELicense, eventually, kit_store, running
from tests.support.platform import TestPlatform

OLD, NEW, INDEX, LOST = (bytes([number]) * 32 for number in range(4))
BEFORE, AFTER = PersonalData([OLD], INDEX), PersonalData([NEW, OLD], INDEX)
ROWS = 1_234


class Sealed(BaseModel):
    sealed: str


SEND = JobKind("send", Sealed)
_VERSION = """
from alembic import op

revision, down_revision = "0001", None


def upgrade() -> None:
    op.execute("CREATE TABLE holder (holder_id integer PRIMARY KEY, name bytea NOT NULL, code bytea, town text)")
    op.execute(
        "CREATE TABLE holder_note (holder_id integer REFERENCES holder, key bytea, text bytea NOT NULL, "
        "author text NOT NULL, PRIMARY KEY (holder_id, key))"
    )
"""


@pytest.fixture(scope="module")
def store(platform: TestPlatform) -> Store:
    store = kit_store(platform.folder / "versions")
    (store.versions / "0002_holders.py").write_text(_VERSION)
    Table(
        "holder",
        store.metadata,
        Column("holder_id", Integer, primary_key=True),
        Column("name", LargeBinary, nullable=False, info=encrypted("{holder_id}")),
        Column("code", LargeBinary, info=encrypted("{holder_id}")),
        Column("town", Text, nullable=False),
    )
    Table(
        "holder_note",
        store.metadata,
        Column("holder_id", Integer, ForeignKey("holder.holder_id"), primary_key=True),
        Column("key", LargeBinary, primary_key=True),
        Column("text", LargeBinary, nullable=False, info=encrypted("{holder_id}/{key}")),
        Column("author", Text, nullable=False),
        info=APPEND_ONLY,
    )
    return store


@pytest.fixture(scope="module")
async def publisher(platform: TestPlatform, store: Store) -> AsyncIterator[Database]:
    """In place of the kit's: the same, and two tables with personal data beside the kit's own."""
    settings = platform.service("e-license", migrated=False).settings(ELicense)
    await migrate(settings, store)
    database = Database.from_settings(settings)
    yield database
    await database.close()


@pytest.fixture
async def holders(platform: TestPlatform, database: Database, store: Store) -> Database:
    """The database with rows that were written before the rotation."""
    admin = await asyncpg.connect(platform.database_admin_url("e-license"))
    await admin.execute("TRUNCATE holder, holder_note")
    await admin.close()
    async with database.begin() as tx:
        await tx.execute(store.metadata.tables["holder"].insert(), [_holder(number) for number in range(ROWS)])
        await tx.execute(store.metadata.tables["holder_note"].insert(), [_note(number) for number in range(3)])
    return database


def _holder(number: int) -> dict[str, Any]:
    code = BEFORE.encrypt(f"code {number}", table="holder", column="code", row=str(number)) if number % 2 else None
    name = BEFORE.encrypt(f"name {number}", table="holder", column="name", row=str(number))
    return {"holder_id": number, "name": name, "code": code, "town": f"town {number}"}


def _note(number: int) -> dict[str, Any]:
    key = bytes([number, 255])
    text = BEFORE.encrypt(f"text {number}", table="holder_note", column="text", row=f"{number}/{key.hex()}")
    return {"holder_id": number, "key": key, "text": text, "author": "somebody"}


async def _use(database: Database, store: Store, personal: PersonalData = AFTER) -> dict[str, KeyUse]:
    async with database.read() as tx:
        return await reencryption.key_use(tx, personal, store.metadata)


async def test_every_marked_value_moves_to_the_newest_key_and_nothing_else_changes(
    holders: Database, store: Store
) -> None:
    """Old keys are not needed afterwards; a row's other columns stay as they are."""
    await reencryption.reencrypt(holders, AFTER, store.metadata)
    alone = PersonalData([NEW], INDEX)
    async with holders.read() as tx:
        rows = (await tx.execute(select(store.metadata.tables["holder"]))).all()
        notes = (await tx.execute(select(store.metadata.tables["holder_note"]))).all()
    for row in rows:
        place = {"table": "holder", "row": str(row.holder_id)}
        assert alone.decrypt(row.name, column="name", **place) == f"name {row.holder_id}"
        assert row.town == f"town {row.holder_id}"
        if row.holder_id % 2:
            assert alone.decrypt(row.code, column="code", **place) == f"code {row.holder_id}"
        else:
            assert row.code is None
    for row in notes:
        place = {"table": "holder_note", "row": f"{row.holder_id}/{row.key.hex()}"}
        assert alone.decrypt(row.text, column="text", **place) == f"text {row.holder_id}"
    assert (len(rows), len(notes)) == (ROWS, 3)


async def test_what_was_interrupted_goes_on_where_it_was(
    settings: ELicense, holders: Database, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted = Interrupted(holders, after=2)
    handlers = [JobHandler(reencryption.KIND, partial(_run, interrupted, store))]
    monkeypatch.setattr(reencryption, "_BATCH", 200)
    await reencryption.enqueue(holders)
    async with running(JobRunner(holders, handlers, [])):
        await asyncio.wait_for(interrupted.reached.wait(), 15)
    used = await _use(holders, store)
    assert used["holder.name"] == KeyUse(newest=400, older=ROWS - 400, unknown=0)
    async with holders.read() as tx:
        report = await reencryption.report(tx, AFTER, store.metadata)
    assert f"holder.name: 400 done, {ROWS - 400} left" in report
    assert report[-1] == "The older keys may not be removed yet."
    handlers = [JobHandler(reencryption.KIND, partial(_run, holders, store))]
    async with running(JobRunner(holders, handlers, [])):
        await eventually(lambda: _states(holders), ["done"])
    used = await _use(holders, store)
    assert used["holder.name"] == KeyUse(ROWS, 0, 0)
    assert used["holder_note.text"] == KeyUse(3, 0, 0)
    async with holders.read() as tx:
        assert (await reencryption.report(tx, AFTER, store.metadata))[-1] == "The older keys may be removed."


class Interrupted(Database):
    """Gives so many transactions and then none: whoever waits is cancelled there, as at the end of a process."""

    def __init__(self, database: Database, *, after: int) -> None:
        self.reached = asyncio.Event()
        self._inner, self._left = database, after

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        if not self._left:
            self.reached.set()
            await asyncio.Event().wait()
        self._left -= 1
        async with self._inner.begin() as tx:
            yield tx


async def _run(database: Database, store: Store, _job: Job[Reencryption]) -> None:
    await reencryption.reencrypt(database, AFTER, store.metadata)


async def _states(database: Database) -> list[str]:
    async with database.read() as tx:
        return list((await tx.execute(select(job.c.state).where(job.c.kind == reencryption.KIND.name))).scalars())


async def test_a_row_that_an_act_holds_is_not_waited_for_and_done_later(holders: Database, store: Store) -> None:
    """Whoever waits for one lock while holding others may end in a deadlock."""
    holder = store.metadata.tables["holder"]
    async with holders.begin() as tx:
        await tx.execute(update(holder).where(holder.c.holder_id == 7).values(town="elsewhere"))
        job_run = asyncio.create_task(reencryption.reencrypt(holders, AFTER, store.metadata))
        await eventually(lambda: _left(holders, store), 1)
    await job_run
    assert await _left(holders, store) == 0
    async with holders.read() as tx:
        towns = select(holder.c.town).where(holder.c.holder_id == 7)
        assert (await tx.execute(towns)).scalar_one() == "elsewhere"


async def _left(database: Database, store: Store) -> int:
    return (await _use(database, store))["holder.name"].older


async def test_what_nobody_can_decrypt_stays_and_holds_nothing_up(holders: Database, store: Store) -> None:
    holder = store.metadata.tables["holder"]
    moved_blob, lost = _holder(1)["name"], PersonalData([LOST], INDEX)
    lost_blob = lost.encrypt("x", table="holder", column="name", row="3")
    async with holders.begin() as tx:
        await tx.execute(update(holder).where(holder.c.holder_id == 2).values(name=moved_blob))
        await tx.execute(update(holder).where(holder.c.holder_id == 3).values(name=lost_blob))
    await reencryption.reencrypt(holders, AFTER, store.metadata)
    used = await _use(holders, store)
    assert used["holder.name"] == KeyUse(newest=ROWS - 2, older=1, unknown=1)
    async with holders.read() as tx:
        names = select(holder.c.name).where(holder.c.holder_id.in_([2, 3])).order_by(holder.c.holder_id)
        assert list((await tx.execute(names)).scalars()) == [moved_blob, lost_blob]
        report = await reencryption.report(tx, AFTER, store.metadata)
    assert f"holder.name: {ROWS - 2} done, 1 left, 1 under a key that is not here" in report


async def test_of_an_append_only_table_the_service_changes_marked_columns_alone(
    holders: Database, store: Store
) -> None:
    note = store.metadata.tables["holder_note"]
    async with holders.begin() as tx:
        await tx.execute(update(note).values(text=b"anything"))
    for forbidden in (update(note).values(author="x"), update(note).values(key=b"x"), delete(note)):
        with pytest.raises(ProgrammingError, match="permission denied"):
            async with holders.begin() as tx:
                await tx.execute(forbidden)


async def test_without_an_older_key_there_is_nothing_to_do(holders: Database, store: Store) -> None:
    await reencryption.reencrypt(holders, PersonalData([NEW], INDEX), store.metadata)
    async with holders.read() as tx:
        report = await reencryption.report(tx, PersonalData([OLD], INDEX), store.metadata)
    assert report[0].endswith("older ones: none")
    assert report[-1] == "holder_note.text: 3 done, 0 left"


async def test_queued_jobs_and_open_dead_letters_are_waited_for(holders: Database, store: Store) -> None:
    """What they hold is not re-encrypted: with the key it would be lost."""
    sealed = {"sealed": BEFORE.encrypt("13800000001", table="job", column="payload", row="1").hex()}
    newer = AFTER.encrypt("13800000001", table="job", column="payload", row="2")
    async with holders.begin() as tx:
        await jobs.enqueue(tx, SEND, "1", Sealed(**sealed))
        await jobs.enqueue(tx, SEND, "2", Sealed(sealed=newer.hex()))
        await _bury(tx, "3", sealed)
        await _bury(tx, "4", sealed)
        await tx.execute(update(dead_letter).where(dead_letter.c.message_id == "4").values(resolved_at=func.now()))
    await reencryption.reencrypt(holders, AFTER, store.metadata)
    async with holders.read() as tx:
        report = await reencryption.report(tx, AFTER, store.metadata)
    assert report[-2:] == [
        "left in all: 0 values, 2 queued jobs and open dead letters",
        "The older keys may not be removed yet.",
    ]


async def _bury(tx: AsyncConnection, key: str, payload: dict[str, str]) -> None:
    failure = Failure("job", "send", key, "send", to_json(payload).encode(), {}, "GONE")
    await count_failure(tx, failure, attempts=1)
    await bury(tx, failure)


async def test_one_job_waits_and_another_is_added_beside_one_that_runs(settings: ELicense, holders: Database) -> None:
    """The one that runs may have passed what a process encrypted before its restart."""
    go_on, runs = asyncio.Event(), 0

    async def handle(_: Job[Reencryption]) -> None:
        nonlocal runs
        runs += 1
        await go_on.wait()

    async def ran() -> int:
        return runs

    for _ in range(3):
        await reencryption.enqueue(holders)
    assert await _states(holders) == ["queued"]
    async with running(JobRunner(holders, [JobHandler(reencryption.KIND, handle)], [])):
        await eventually(ran, 1)
        await reencryption.enqueue(holders)
        go_on.set()
        await eventually(lambda: _states(holders), ["done", "done"])
