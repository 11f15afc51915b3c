"""What waits at the same time is read and written by one statement, and each is answered as if it were alone."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from uuid import uuid4

import asyncpg
import pytest
from pingshan_kit.errors import InvalidRequest, Unavailable
from pingshan_kit.storage import lane as lanes
from pingshan_kit.storage.database import FENCE, Database
from pingshan_kit.storage.lane import Lane, Member
from pingshan_kit.storage.tables import command
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.kit.lanes import (
    CALLER,
    Key,
    Ordinary,
    added,
    adding,
    at_once,
    finding,
    hashes,
    keys,
    redeeming,
)
from tests.support.kit.service import ELicense
from tests.support.platform import TestPlatform


@pytest.fixture
async def lane(database: Database) -> AsyncIterator[Lane]:
    own = Lane(database)
    yield own
    await own.close()


@pytest.fixture
def ordinary(database: Database) -> Ordinary:
    return Ordinary(database)


@pytest.mark.parametrize("count", [1, 2, 700])
async def test_each_gets_the_rows_of_its_own_key(
    database: Database, lane: Lane, ordinary: Ordinary, count: int
) -> None:
    known = await keys(database, count)
    find = finding(lane, ordinary)
    assert await at_once(*(find(key) for key in known), find((CALLER, uuid4()))) == [*hashes(count), []]
    assert ordinary.went == 0


async def test_callers_who_come_again_and_again_are_all_answered(
    database: Database, lane: Lane, ordinary: Ordinary
) -> None:
    """Whoever comes when a run has just ended begins another."""
    known = await keys(database, 20)
    find = finding(lane, ordinary)

    async def come(number: int) -> set[bytes]:
        return {found for _ in range(40) for found in await find(known[number])}

    assert await at_once(*map(come, range(20))) == [{str(number).encode()} for number in range(20)]


async def test_nothing_is_kept(database: Database, lane: Lane, ordinary: Ordinary) -> None:
    [key] = await keys(database, 1)
    find = finding(lane, ordinary)
    assert await find(key) == [b"0"]
    async with database.begin() as tx:
        await tx.execute(command.update().values(request_hash=b"changed"))
    assert await find(key) == [b"changed"]


async def test_a_statement_is_planned_once_for_groups_of_any_size(
    database: Database, lane: Lane, ordinary: Ordinary
) -> None:
    find = finding(lane, ordinary)
    for count in (1, 2, 5, 9):
        await at_once(*(find((CALLER, uuid4())) for _ in range(count)))
    assert [tuple(row) for row in await lane.fetch(f"SELECT custom_plans, generic_plans {_PREPARED}")] == [(0, 4)]


async def test_a_plan_follows_a_table_that_grows(
    platform: TestPlatform, database: Database, lane: Lane, ordinary: Ordinary, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = finding(lane, ordinary)
    admin = await asyncpg.connect(platform.database_admin_url("e-license").replace("+asyncpg", ""))
    await admin.execute("DELETE FROM command; ANALYZE command")
    await find((CALLER, uuid4()))
    assert "Seq Scan" in await _plan(lane), "the fastest for a table without rows"
    await admin.execute(_GROW)
    await admin.close()
    monkeypatch.setattr(lanes, "PLAN_SECONDS", 0)
    await find((CALLER, uuid4()))
    assert "Seq Scan" not in await _plan(lane)


_PREPARED = "FROM pg_prepared_statements WHERE statement LIKE '%unnest%command%' AND statement NOT LIKE '%LIKE%'"
_GROW = (
    "INSERT INTO command (caller, request_id, request_hash) "
    "SELECT 'grown', gen_random_uuid(), 'x' FROM generate_series(1, 20000)"
)


async def _plan(lane: Lane) -> str:
    [prepared] = await lane.fetch(f"SELECT name {_PREPARED}")
    lines = await lane.fetch(f"EXPLAIN EXECUTE {prepared['name']}(ARRAY['x'], ARRAY[gen_random_uuid()])")
    return "\n".join(line[0] for line in lines)


async def test_one_bad_member_fails_alone(database: Database, lane: Lane, ordinary: Ordinary) -> None:
    known = await keys(database, 20)
    find = finding(lane, ordinary)
    bad = [("nul\0", uuid4()), (CALLER, "not an id"), (CALLER, 5)]
    *good, nul, text, number = await at_once(*(find(key) for key in [*known, *bad]))  # type: ignore[arg-type]
    assert good == hashes(20)
    assert isinstance(nul, InvalidRequest)
    assert {type(text), type(number)} == {asyncpg.DataError}


async def test_a_group_is_one_transaction_and_its_bad_members_fail_alone(
    database: Database, lane: Lane, ordinary: Ordinary
) -> None:
    sizes: list[int] = []
    add = adding(lane, ordinary, sizes=sizes)
    first = asyncio.ensure_future(add(b"0"))
    await asyncio.sleep(0)
    one, refused, two = await at_once(add(b"1"), add(b"refused"), add(b"2"))
    assert (await first, one, type(refused), two) == (1, 3, PermissionError, 3)
    assert sizes == [1, 3]
    *good, broken = await at_once(add(b"3"), add(b"4"), add(b"broken"))
    assert (good, type(broken)) == ([1, 1], ZeroDivisionError)
    assert await added(database) == [b"0", b"1", b"2", b"3", b"4"]


async def test_of_two_who_redeem_the_same_one_finds_it_used(database: Database, lane: Lane, ordinary: Ordinary) -> None:
    [key, other] = await keys(database, 2)
    redeem = redeeming(lane, ordinary)
    answers = await at_once(*(redeem(key) for _ in range(20)), redeem(other))
    assert sorted(map(str, answers[:20])) == sorted(map(str, [[b"0"], *[[]] * 19]))
    assert answers[20] == [b"1"]


async def test_a_code_is_redeemed_once_by_two_processes(
    settings: ELicense, database: Database, lane: Lane, ordinary: Ordinary
) -> None:
    known = await keys(database, 50)
    replica = Database.from_settings(settings)
    redeems = (redeeming(lane, ordinary), redeeming(Lane(replica), Ordinary(replica)))
    answers = await at_once(*(redeem(key) for key in known for redeem in redeems))
    await replica.close()
    assert [a + b for a, b in zip(answers[::2], answers[1::2], strict=True)] == hashes(50)  # type: ignore[operator]


class Clocked(Ordinary):
    """Notes how long each took to be on the ordinary way."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.began = 0.0
        self.after: list[float] = []

    async def redeem(self, key: Key) -> list[bytes]:
        self.after.append(time.perf_counter() - self.began)
        return await super().redeem(key)


async def test_whoever_meets_a_lock_goes_the_ordinary_way_within_100_ms(database: Database, lane: Lane) -> None:
    clocked = Clocked(database)
    redeem = redeeming(lane, clocked)
    longest = []
    for _ in range(3):
        locked, *free = await keys(database, 30)
        await redeem((CALLER, uuid4()))
        async with database.begin() as holder:
            await holder.execute(select(command).where(command.c.request_id == locked[1]).with_for_update())
            clocked.began, clocked.after = time.perf_counter(), []
            first = asyncio.ensure_future(redeem(locked))
            await asyncio.sleep(0.005)
            others = [asyncio.ensure_future(redeem(key)) for key in free]
            await asyncio.wait(others, timeout=5)
            assert all(other.done() for other in others), "a locked row stops nobody else"
            assert not first.done()
        assert [await first, *[await other for other in others]] == hashes(30)
        longest.append(max(clocked.after))
    assert min(longest) < 0.1, "also on a machine that has other work"


async def test_a_server_that_does_not_answer_is_given_up(
    database: Database, lane: Lane, ordinary: Ordinary, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(_tx: AsyncConnection, members: Sequence[Member[float]]) -> list[float | Exception]:
        await asyncio.sleep(members[0].item)
        return [member.item for member in members]

    async def alone(_item: float) -> float:
        raise AssertionError

    monkeypatch.setattr(lanes, "LONGEST", 0.2)
    grouped = lanes.Grouped(lane, act, name="sleep", otherwise=alone)
    with pytest.raises(Unavailable):
        await grouped(5.0)
    assert await grouped(0.0) == 0.0
    [key] = await keys(database, 1)
    assert await finding(lane, ordinary)(key) == [b"0"]


async def test_a_statement_that_takes_too_long_keeps_nobody_waiting(
    database: Database, lane: Lane, ordinary: Ordinary
) -> None:
    slow = "SELECT n, NULL::bytea AS request_hash, pg_sleep(9) FROM unnest($1::text[], $2::uuid[]) AS k (c, n)"
    joined = lanes.Joined(lane, slow, row=lambda row: bytes(row["n"]), otherwise=ordinary.find)
    async with asyncio.timeout(5):
        assert await joined((CALLER, uuid4())) == []
    assert ordinary.went == 1


async def test_a_caller_who_went_away_harms_nobody(database: Database, lane: Lane, ordinary: Ordinary) -> None:
    sizes: list[int] = []
    known = await keys(database, 30)
    find = finding(lane, ordinary)
    tasks = [asyncio.ensure_future(find(key)) for key in known]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()
    answers = await at_once(*tasks)
    expected = hashes(30)
    assert [a for n, a in enumerate(answers) if n % 3] == [e for n, e in enumerate(expected) if n % 3]
    assert all(isinstance(answer, asyncio.CancelledError) for answer in answers[::3])
    add = adding(lane, ordinary, sizes=sizes)
    waiting = [asyncio.ensure_future(add(b"x")) for _ in range(4)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    await at_once(*waiting)
    assert sum(sizes) == len(await added(database)) - 30 == 3, "what nobody waits for any more is not done"


async def test_whoever_comes_when_too_many_wait_is_refused(
    lane: Lane, ordinary: Ordinary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "MOST_WAITING", 5)
    find = finding(lane, ordinary)
    answers = await at_once(*(find((CALLER, uuid4())) for _ in range(7)))
    assert [type(answer) for answer in answers] == [list] * 5 + [Unavailable] * 2


async def test_a_lost_connection_is_made_again(
    platform: TestPlatform, database: Database, lane: Lane, ordinary: Ordinary
) -> None:
    [key] = await keys(database, 1)
    find = finding(lane, ordinary)
    assert await find(key) == [b"0"]
    admin = await asyncpg.connect(platform.database_admin_url("e-license"))
    pid = (await lane.fetch("SELECT pg_backend_pid()"))[0][0]
    await admin.execute("SELECT pg_terminate_backend($1)", pid)
    await asyncio.sleep(0.2)
    assert await find(key) == [b"0"]
    sleeping = asyncio.ensure_future(lane.fetch("SELECT pg_sleep(0.4)"))
    waiting = asyncio.ensure_future(find(key))
    await asyncio.sleep(0.1)
    asleep = "query LIKE '%pg_sleep(0.4)' AND state = 'active'"
    await admin.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {asleep}")
    await admin.close()
    [cut_off] = await at_once(sleeping)
    assert isinstance(cut_off, Unavailable)
    assert await waiting == [b"0"]


async def test_a_database_that_is_closed_answers_who_waits(settings: ELicense) -> None:
    own = Database.from_settings(settings)
    lane = Lane(own)
    find = finding(lane, Ordinary(own))
    waiting = [asyncio.ensure_future(find((CALLER, uuid4()))) for _ in range(3)]
    await asyncio.sleep(0)
    await own.close()
    assert {type(answer) for answer in await at_once(*waiting)} == {Unavailable}
    with pytest.raises(Unavailable):
        await find((CALLER, uuid4()))


async def test_a_lane_that_reads_cannot_write(database: Database) -> None:
    lane = Lane(database, read_only=True)
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await lane.fetch("DELETE FROM command")
    await lane.close()


async def test_the_fence_of_each_member_is_asked(database: Database, lane: Lane, ordinary: Ordinary) -> None:
    """Of those whose lease was lost nothing is committed; of the others all."""
    sizes: list[int] = []
    add = adding(lane, ordinary, sizes=sizes)
    redeem = redeeming(lane, ordinary)

    async def fenced(item: bytes, *, held: bool) -> int:
        async def fence(_tx: AsyncConnection) -> None:
            if not held:
                raise LookupError

        FENCE.set(fence)
        return await add(item)

    first = asyncio.ensure_future(add(b"0"))
    await asyncio.sleep(0)
    *good, lost = await at_once(add(b"1"), fenced(b"2", held=True), fenced(b"3", held=False))
    await first
    assert (good, type(lost)) == ([1, 1], LookupError)
    assert await added(database) == [b"0", b"1", b"2"]
    assert sizes == [1, 3, 1, 1, 1]
    ordinary.went = 0
    token = FENCE.set(lambda _tx: asyncio.sleep(0))
    await redeem((CALLER, uuid4()))
    FENCE.reset(token)
    assert ordinary.went == 1, "a statement of its own asks no fence"
