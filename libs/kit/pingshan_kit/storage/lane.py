"""Hot statements: what waits at the same time is read, or written, by one statement, and answered after its commit.

While one statement of a lane runs, callers gather; the next one takes them all. There is no timer and no cache: alone,
a caller pays one round trip, and what it is told was true, and durable, after it asked. A group that fails is tried one
by one, so that one bad member fails alone. A lane never waits for others' locks: whoever meets one goes the ordinary
way instead, on the pool, which every caller therefore brings along as `otherwise`.

Own code: drivers run one caller's statement at a time on a connection, and libraries that gather (DataLoader's kind)
wait for a timer or the loop's next turn, keep what they read, and do not write.
"""

import asyncio
import copy
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from contextvars import Context
from typing import Any, Generic, TypeVar

import asyncpg
from opentelemetry import trace
from opentelemetry.trace import Span
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit.errors import Unavailable
from pingshan_kit.storage.database import FENCE, Database, Fence, refusals, sqlstate_of
from pingshan_kit.storage.statements import fail, links_to
from pingshan_kit.telemetry import tracer

T = TypeVar("T")
R = TypeVar("R")
K = TypeVar("K", bound=tuple[Any, ...])

MOST = 500
"""Callers in one statement."""
MOST_WAITING = 10_000
"""Callers that wait for the statements of one `Joined` or `Grouped`; whoever comes then is refused as unavailable."""
LONGEST = 5.0
"""Seconds after which a server that does not answer is given up; a statement alone ends long before."""
_PATIENCE = {"lock_timeout": "40ms", "statement_timeout": "500ms"}
"""A caller waits at most for the group before and for its own: two locks take less than 100 ms."""
_PLANNED_ONCE = {"plan_cache_mode": "force_generic_plan"}
"""Making a plan anew for each group costs more than what it does, and PostgreSQL would do so all the time: it guesses
more members than there are."""
PLAN_SECONDS = 1.0
"""Seconds after which a lane's plans are made anew: they know the size that the tables had then."""
_GIVES_WAY = frozenset({"55P03", "57014", "40P01", "40001"})
"""SQLSTATEs: no lock, or no result, in time; ended for another one's sake. Nothing was done."""


class GaveWay(Exception):
    """The lane met a lock, or would have kept others waiting. Nothing was done; the ordinary way is open."""


class Lane:
    """One connection outside the pool: made when it is first needed, and again after it was lost.

    One statement or transaction runs at a time. The database closes it.
    """

    def __init__(self, database: Database, *, read_only: bool = False) -> None:
        self.read_only = read_only
        self.statements = database.statements
        self._database = database
        only = {"default_transaction_read_only": "on"} if read_only else {}
        self._engine = database.engine_outside_the_pool(_PATIENCE | _PLANNED_ONCE | only)
        self._connection: AsyncConnection | None = None
        self._driver: Any = None
        self._planned_at = 0.0
        self._turn = asyncio.Lock()
        self._runs: set[asyncio.Task[None]] = set()
        self._closed = False
        database.before_close(self.close)

    async def fetch(self, sql: str, *columns: Sequence[Any]) -> list[asyncpg.Record]:
        """Executes one statement of SQL in a transaction of its own, and returns its rows.

        Values of jsonb are text where they are given, and parsed where they come back.

        Raises GaveWay, Unavailable and what `Database.begin` raises.
        """
        async with self._held():
            rows: list[asyncpg.Record] = await self._driver.fetch(sql, *columns)
            return rows

    @asynccontextmanager
    async def begin(self, fences: Sequence[Fence] = ()) -> AsyncIterator[AsyncConnection]:
        """Opens a transaction as `Database.begin` does; all `fences` are asked last. Raises GaveWay beside."""
        async with self._held() as connection, self._database.transaction(connection, fences):
            yield connection

    def run(self, work: Callable[[], Any], ended: Callable[[asyncio.Task[None]], None]) -> None:
        """Starts a task of the lane's own, which no caller's context or cancellation reaches."""
        if self._closed:
            raise Unavailable(part="database")
        task = asyncio.get_running_loop().create_task(work(), context=Context())
        self._runs.add(task)
        task.add_done_callback(self._runs.discard)
        task.add_done_callback(ended)

    async def close(self) -> None:
        """Ends the connection; whoever waits still is answered Unavailable."""
        self._closed = True
        for task in list(self._runs):
            task.cancel()
        await asyncio.gather(*self._runs, return_exceptions=True)
        await self._drop()
        await self._engine.dispose()

    @asynccontextmanager
    async def _held(self) -> AsyncIterator[AsyncConnection]:
        async with self._turn:
            try:
                with refusals(writes=not self.read_only):
                    connection = await self._connected()
                    await self._forget_old_plans()
                    yield connection
            except Unavailable as error:
                if sqlstate_of(error) in _GIVES_WAY:
                    raise GaveWay from error
                await self._drop()
                raise
            except asyncio.CancelledError:
                await self._drop()
                raise

    async def _connected(self) -> AsyncConnection:
        if self._connection is not None and not self._driver.is_closed():
            return self._connection
        await self._drop()
        connection = await self._engine.connect()
        self._driver = (await connection.get_raw_connection()).driver_connection
        self._connection = connection
        return connection

    async def _forget_old_plans(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._planned_at >= PLAN_SECONDS:
            await self._driver.execute("DISCARD PLANS")
            self._planned_at = now

    async def _drop(self) -> None:
        connection, self._connection, driver, self._driver = self._connection, None, self._driver, None
        if connection is not None:
            driver.terminate()
            await connection.invalidate()
            await connection.close()


class Member(Generic[T]):
    """One caller of a group: what it asked for, and the act that it asked in."""

    def __init__(self, item: T) -> None:
        self.item = item
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.fence = FENCE.get()
        self.span = trace.get_current_span()

    def act(self) -> AbstractContextManager[Span]:
        """Makes the caller's act the current one: what is recorded, published or enqueued meanwhile is of its trace."""
        return trace.use_span(self.span, record_exception=False, set_status_on_exception=False)

    def end(self, result: Any) -> None:
        """Answers the caller, unless it went away."""
        if self.answer.done():
            return
        if isinstance(result, BaseException):
            self.answer.set_exception(result)
        else:
            self.answer.set_result(result)


class _Gathering(ABC, Generic[T, R]):
    """Callers that wait for one statement, or one transaction, of a lane."""

    def __init__(
        self,
        lane: Lane,
        *,
        otherwise: Callable[[T], Awaitable[R]],
        distinct: Callable[[T], Hashable] | None,
        most: int,
    ) -> None:
        self._lane = lane
        self._otherwise = otherwise
        self._distinct = distinct
        self._most = most
        self._waiting: list[Member[T]] = []
        self._taken: list[Member[T]] = []
        self._is_running = False

    async def __call__(self, item: T) -> R:
        """Returns the item's own result, after the commit. Raises what the statement raised for it, or Unavailable."""
        if not self._takes_fences() and FENCE.get() is not None:
            return await self._otherwise(item)
        if len(self._waiting) >= MOST_WAITING:
            raise Unavailable(part="database")
        member = Member(item)
        if not self._is_running:
            self._lane.run(self._run, self._ended)
            self._is_running = True
        self._waiting.append(member)
        try:
            return self._read(await member.answer)
        except GaveWay:
            pass
        return await self._otherwise(item)

    def _takes_fences(self) -> bool:
        return True

    def _read(self, result: Any) -> R:
        """Makes the caller's result of what came, in the caller's own task."""
        own: R = result
        return own

    @abstractmethod
    async def _together(self, members: Sequence[Member[T]]) -> Sequence[Any]:
        """Returns one result per member, in their order; an exception among them is that member's alone."""

    async def _run(self) -> None:
        while self._take():
            await self._answer(self._taken)
        self._is_running = False

    def _ended(self, run: asyncio.Task[None]) -> None:
        """Answers whoever a run that was cut off has left, also where it was cancelled before it began."""
        if run.cancelled() or run.exception() is not None:
            self._is_running = False
            for member in (*self._taken, *self._waiting):
                member.end(Unavailable(part="database"))
            self._waiting.clear()

    def _take(self) -> bool:
        """Takes those who wait still, in their order; of two who are not distinct the second waits for the next one.

        Returns whether there is anybody.
        """
        taken: list[Member[T]] = []
        left: list[Member[T]] = []
        seen: set[Hashable] = set()
        for member in self._waiting:
            if member.answer.done():
                continue
            key = self._distinct(member.item) if self._distinct is not None else id(member)
            (taken if len(taken) < self._most and key not in seen else left).append(member)
            seen.add(key)
        self._waiting, self._taken = left, taken
        return bool(taken)

    async def _answer(self, members: Sequence[Member[T]]) -> None:
        try:
            async with asyncio.timeout(LONGEST):
                results = await self._together(members)
        except (GaveWay, Unavailable, TimeoutError) as error:
            shared = Unavailable(part="database") if isinstance(error, TimeoutError) else error
            results = [_own(shared) for _ in members]
        except Exception as error:  # noqa: BLE001 - whatever it was, it is the member's that has it alone, too
            if len(members) > 1:
                for member in members:
                    if not member.answer.done():
                        await self._answer([member])
                return
            results = [error]
        for member, result in zip(members, results, strict=True):
            member.end(result)


class Joined(_Gathering[K, list[R]], Generic[K, R]):
    """`await joined(key)` returns the rows for this key, of one statement for all keys that wait.

    `sql` takes one array per column of the key, and returns with each row the `n` of its key:
    `SELECT k.n, … FROM unnest($1::bytea[], $2::text[]) WITH ORDINALITY AS k(hash, client_id, n) JOIN …`.
    `row` makes the result of a row. `distinct`, where two may not share a statement: an UPDATE touches a row once, so
    that of two who redeem the same code both would see it. Where it writes, a caller with a FENCE goes `otherwise`.
    """

    def __init__(
        self,
        lane: Lane,
        sql: str,
        *,
        row: Callable[[asyncpg.Record], R],
        otherwise: Callable[[K], Awaitable[list[R]]],
        distinct: Callable[[K], Hashable] | None = None,
        most: int = MOST,
    ) -> None:
        super().__init__(lane, otherwise=otherwise, distinct=distinct, most=most)
        self._sql = sql
        self._row = row

    def _takes_fences(self) -> bool:
        return self._lane.read_only

    def _read(self, result: Any) -> list[R]:
        return [self._row(each) for each in result]

    async def _together(self, members: Sequence[Member[K]]) -> Sequence[Any]:
        columns = [list(column) for column in zip(*(member.item for member in members), strict=True)]
        span = self._lane.statements.start(self._sql, [member.span for member in members])
        try:
            rows = await self._lane.fetch(self._sql, *columns)
        except BaseException as error:
            fail(span, error)
            raise
        span.end()
        found: list[list[asyncpg.Record]] = [[] for _ in members]
        for row in rows:
            found[row["n"] - 1].append(row)
        return found


class Grouped(_Gathering[T, R], Generic[T, R]):
    """`await grouped(item)` returns its result, from one transaction for all that waited, after its commit.

    `act` gets the transaction and the members, and returns one result per member, in their order; an exception among
    them fails that member alone, and nothing of it may have been written. Where `act` raises, each member is tried in
    a transaction of its own. The FENCE of every member is asked before the commit.
    """

    def __init__(
        self,
        lane: Lane,
        act: Callable[[AsyncConnection, Sequence[Member[T]]], Awaitable[Sequence[R | Exception]]],
        *,
        name: str,
        otherwise: Callable[[T], Awaitable[R]],
        distinct: Callable[[T], Hashable] | None = None,
        most: int = MOST,
    ) -> None:
        super().__init__(lane, otherwise=otherwise, distinct=distinct, most=most)
        self._act = act
        self._name = name
        """Of the span of a group: the verb and noun of the use case."""

    async def _together(self, members: Sequence[Member[T]]) -> Sequence[Any]:
        fences = list(dict.fromkeys(member.fence for member in members if member.fence is not None))
        with self._span(members):
            async with self._lane.begin(fences) as tx:
                results = await self._act(tx, members)
                if len(results) != len(members):
                    raise RuntimeError(f"{self._name} has {len(results)} results for {len(members)} members")
        return results

    def _span(self, members: Sequence[Member[T]]) -> AbstractContextManager[Any]:
        recorded = [member.span for member in members if member.span.is_recording()]
        if not recorded:
            return nullcontext()
        parent = trace.set_span_in_context(recorded[0])
        return tracer.start_as_current_span(self._name, context=parent, links=links_to(recorded[1:]))


def _own(error: Exception) -> Exception:
    """Returns an exception of the caller's own: a shared one would collect the frames of all."""
    own = copy.copy(error)
    own.__cause__ = error
    return own
