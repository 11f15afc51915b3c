"""One database per service: transactions, and who is told after a commit."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool, QueuePool

from pingshan_kit.errors import InvalidRequest, TookTooLong, Unavailable
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.outdated import is_outdated
from pingshan_kit.storage.reading import Place, Places, Reading
from pingshan_kit.storage.statements import Statements
from pingshan_kit.telemetry import note_database_error

_SERVICE = "pingshan.service"
_ADDED = "pingshan.added"
_AWAY = ("08", "25P03", "25P04", "28", "3D", "40001", "40P01", "53", "55P03", "57P0", "58", "XX001", "XX002")
"""SQLSTATEs (PostgreSQL 18, appendix A), whole or by their class: connection lost, transaction idle or open for too
long, password or database not there while it is changed, ended for another one's sake, no room on disk or elsewhere, no
lock in time, shutdown, an error of its disk, a page or an index that cannot be read."""
_OF_FILES = frozenset({"buffile.c", "fd.c", "fileset.c", "md.c", "slru.c", "xlog.c"})
"""Where PostgreSQL reads and writes files. What the system refuses there has no SQLSTATE of its own (XX000, such as a
file that may not grow), or that of a statement (42501, where a disk became read only after an error)."""
_TOOK_TOO_LONG = "57014"
_ONLY_READS = "25006"
"""Of a connection that is to write: its server became a standby, or whoever runs it lets nobody write for now."""

_NO_TEXT = ("22021", "22P05")
"""PostgreSQL keeps no NUL character, in text or JSON: whoever sends one in any field is refused, not failed."""

Fence = Callable[[AsyncConnection], Awaitable[None]]
FENCE: ContextVar[Fence | None] = ContextVar("fence", default=None)
"""Asked at the end of every transaction of the work at hand; it raises where the work is no longer this process's."""

_KEEPALIVES = {
    "tcp_keepalives_idle": "5s",
    "tcp_keepalives_interval": "2s",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10s",
}
"""PostgreSQL notices within about ten seconds that the machine of a session is gone, and frees what it has locked."""

to_json = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


class Database:
    """Holds the runtime role's two pools, one for acts and one for reads.

    Sets `outbox_added`, `jobs_added` and `intake_added` after a commit that added such rows.
    """

    def __init__(self, url: URL, settings: ServiceSettings) -> None:
        self._url = url
        self._settings = settings
        self.statements = Statements(url)
        self._acts = self._engine()
        self._reads = self._engine(reads=True)
        self._places = Places()
        self._closes_first: list[Callable[[], Awaitable[None]]] = []
        self.outbox_added = asyncio.Event()
        self.jobs_added = asyncio.Event()
        self.intake_added = asyncio.Event()

    @classmethod
    def from_settings(cls, settings: ServiceSettings) -> "Database":
        url = make_url(settings.database_url).set(password=settings.secret("database_password"))
        return cls(url, settings)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """Opens a read-write transaction, which commits when the block ends without an exception.

        Where a `FENCE` is set, it is asked last. Raises what that raises, Unavailable where PostgreSQL is away, only
        reads or ended the transaction for another one's sake, or a migration has just changed the table, TookTooLong
        where a statement ran into its time limit, InvalidRequest where a value holds a NUL character.
        """
        fence = FENCE.get()
        async with _connected(self._acts.connect()) as tx, self.transaction(tx, [fence] if fence is not None else []):
            yield tx

    @asynccontextmanager
    async def transaction(self, tx: AsyncConnection, fences: Sequence[Fence]) -> AsyncIterator[None]:
        """Makes a read-write transaction of the block on a connection of `engine_outside_the_pool`, or of the pool."""
        added: set[str] = set()
        tx.info.update({_SERVICE: self._settings.service, _ADDED: added})
        async with tx.begin():
            yield
            for fence in fences:
                await fence(tx)
        if "outbox" in added:
            self.outbox_added.set()
        if "job" in added:
            self.jobs_added.set()
        if "intake" in added:
            self.intake_added.set()

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Opens a connection that PostgreSQL keeps from writing; all statements of the block see one snapshot.

        A place in the code that is content with one statement reads without BEGIN and COMMIT: `storage/reading.py`.
        Raises Unavailable as `begin` does.
        """
        caller = sys._getframe(1)  # noqa: SLF001 - the way to the caller's line without its whole stack
        return self._reading((caller.f_code.co_filename, caller.f_lineno))

    @asynccontextmanager
    async def _reading(self, place: Place) -> AsyncIterator[AsyncConnection]:
        reading = Reading(self._reads, by_one=self._places.reads_by_one(place))
        async with _connected(reading, writes=False):
            try:
                yield reading
            finally:
                self._places.note(place, reading.statements)

    @asynccontextmanager
    async def dedicated(self) -> AsyncIterator[asyncpg.Connection]:
        """Opens a connection outside the pool, for a session lock, and closes it at the end of the block.

        Raises Unavailable where PostgreSQL is away, also later, when the connection is lost or does not answer in time.
        """
        dsn = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        with refusals():
            connection: asyncpg.Connection = await asyncpg.connect(
                dsn,
                timeout=self._settings.database_connect_timeout,
                command_timeout=self._settings.database_statement_timeout,
                server_settings=_server_settings(self._settings),
            )
        try:
            with refusals():
                yield connection
        finally:
            connection.terminate()

    def engine_outside_the_pool(self, session: Mapping[str, str]) -> AsyncEngine:
        """Returns an engine that keeps no connections; `session` are PostgreSQL's settings of each that it opens."""
        engine = create_async_engine(self._url, poolclass=NullPool, **self._driver(session))
        self.statements.listen(engine)
        return engine

    @property
    def full_pools(self) -> list[str]:
        """Returns which pools, `acts` or `reads`, have all their connections in use at the moment."""
        most = self._settings.database_pool_size + self._settings.database_pool_overflow
        pools = {"acts": self._acts.pool, "reads": self._reads.pool}
        return [name for name, pool in pools.items() if isinstance(pool, QueuePool) and pool.checkedout() >= most]

    async def only_reads(self) -> bool:
        """Returns whether PostgreSQL lets nobody write, as it says on a connection for acts. Raises as `begin` does."""
        async with _connected(self._acts.connect()) as tx:
            only = bool((await tx.execute(text("SHOW transaction_read_only"))).scalar_one() == "on")
            if only:  # as where a write is refused
                await tx.invalidate()
        return only

    def before_close(self, close: Callable[[], Awaitable[None]]) -> None:
        """Has `close` awaited before the pools are closed."""
        self._closes_first.append(close)

    def _engine(self, *, reads: bool = False) -> AsyncEngine:
        settings = self._settings
        engine = create_async_engine(
            self._url,
            isolation_level="AUTOCOMMIT" if reads else "READ COMMITTED",
            pool_size=settings.database_pool_size,
            max_overflow=settings.database_pool_overflow,
            pool_timeout=settings.database_pool_wait,
            **self._driver({"default_transaction_read_only": "on"} if reads else {}),
        )
        event.listen(engine.sync_engine, "checkout", _refuse_closed)
        self.statements.listen(engine)
        return engine

    def _driver(self, session: Mapping[str, str]) -> dict[str, Any]:
        return {
            "json_serializer": to_json,
            "hide_parameters": True,  # an error of a statement reaches the log, and its values may be personal
            "connect_args": {
                "timeout": self._settings.database_connect_timeout,
                "server_settings": {**_server_settings(self._settings), **session},
            },
        }

    async def close(self) -> None:
        for close in self._closes_first:
            await close()
        await self._acts.dispose()
        await self._reads.dispose()


def publishing_service(tx: AsyncConnection) -> str:
    """Returns the service whose database this transaction writes."""
    name: str = tx.info[_SERVICE]
    return name


def note_added(tx: AsyncConnection, table: str) -> None:
    """Notes that whoever waits for rows of `table` is to be woken once this transaction has committed."""
    tx.info[_ADDED].add(table)


@asynccontextmanager
async def _connected(connection: AsyncConnection, *, writes: bool = True) -> AsyncIterator[AsyncConnection]:
    with refusals(writes=writes):
        await connection
    try:
        with _as_refusals(writes=writes):
            yield connection
    except Unavailable as error:
        if sqlstate_of(error) == _ONLY_READS:  # kept in the pool, it would never reach the server that writes
            await connection.invalidate()
        raise
    finally:
        await connection.close()


@contextmanager
def refusals(*, writes: bool = True) -> Iterator[None]:
    """Raises errors of PostgreSQL, and of the way to it, as `Database.begin` does.

    Where the connection is one that does not write, a write is the program's own failure.
    """
    try:
        with _as_refusals(writes=writes):
            yield
    except (OSError, PoolTimeoutError) as error:
        raise Unavailable(part="database") from error


@contextmanager
def _as_refusals(*, writes: bool) -> Iterator[None]:
    try:
        yield
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:  # closed, or closing under our hands
        raise Unavailable(part="database") from error
    except (DBAPIError, asyncpg.PostgresError) as error:
        if _is_away(error) or is_outdated(error) or (writes and sqlstate(error) == _ONLY_READS):
            raise Unavailable(part="database") from error
        if sqlstate(error) == _TOOK_TOO_LONG:
            raise TookTooLong(part="database") from error
        if sqlstate(error) in _NO_TEXT:
            raise InvalidRequest from error
        note_database_error(error)
        raise


def _is_away(error: DBAPIError | asyncpg.PostgresError) -> bool:
    if isinstance(error, DBAPIError) and (error.connection_invalidated or isinstance(error, InterfaceError)):
        return True
    answer: Any = error
    if isinstance(error, DBAPIError):
        answer = getattr(error.orig, "__cause__", None)  # SQLAlchemy's own class keeps the SQLSTATE alone
    return sqlstate(error).startswith(_AWAY) or getattr(answer, "server_source_filename", None) in _OF_FILES


def sqlstate(error: DBAPIError | asyncpg.PostgresError) -> str:
    """Returns the SQLSTATE of PostgreSQL's answer; empty where there was none."""
    source = error.orig if isinstance(error, DBAPIError) else error
    return getattr(source, "sqlstate", None) or ""


def sqlstate_of(refusal: Unavailable) -> str:
    """Returns the SQLSTATE that was refused as Unavailable; empty where PostgreSQL had not answered."""
    cause = refusal.__cause__
    return sqlstate(cause) if isinstance(cause, DBAPIError | asyncpg.PostgresError) else ""


def taken_key(error: BaseException) -> str | None:
    """Returns the name of the unique key that refused a row, also of an error's causes; None for any other failure."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, asyncpg.UniqueViolationError):
            return cause.constraint_name or ""
        if isinstance(cause, DBAPIError) and isinstance(cause.orig, BaseException):
            cause = cause.orig
        else:
            cause = cause.__cause__
    return None


def _refuse_closed(connection: DBAPIConnection, *_: object) -> None:
    """Refuses a connection that asyncpg saw close; a pre-ping would cost three round trips per transaction."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _server_settings(settings: ServiceSettings) -> dict[str, str]:
    return {
        "application_name": f"pingshan-{settings.service}",
        "statement_timeout": _milliseconds(settings.database_statement_timeout),
        "lock_timeout": _milliseconds(settings.database_lock_timeout),
        "idle_in_transaction_session_timeout": _milliseconds(settings.database_idle_in_transaction_timeout),
        "timezone": "UTC",
        **_KEEPALIVES,
    }


def _milliseconds(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"
