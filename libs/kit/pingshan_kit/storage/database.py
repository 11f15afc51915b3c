"""One database per service: transactions, and who is told after a commit."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from pingshan_kit.errors import InvalidRequest, Unavailable
from pingshan_kit.settings import ServiceSettings

_SERVICE = "pingshan.service"
_ADDED = "pingshan.added"
_AWAY = ("08", "40001", "40P01", "53", "55P03", "57P0")
"""SQLSTATEs (PostgreSQL 18, appendix A): connection lost, ended for another transaction's sake, no room, no lock in
time, shutdown."""

_NO_TEXT = ("22021", "22P05")
"""PostgreSQL keeps no NUL character, in text or JSON: whoever sends one in any field is refused, not failed."""

to_json = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


class Database:
    """Holds the runtime role's pool; sets `outbox_added` and `jobs_added` after a commit that added such rows."""

    def __init__(self, url: URL, settings: ServiceSettings) -> None:
        self._url = url
        self._settings = settings
        self._engine = _engine(url, settings)
        self.outbox_added = asyncio.Event()
        self.jobs_added = asyncio.Event()

    @classmethod
    def from_settings(cls, settings: ServiceSettings) -> "Database":
        url = make_url(settings.database_url).set(password=settings.secret("database_password"))
        return cls(url, settings)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """Opens a read-write transaction, which commits when the block ends without an exception.

        Raises Unavailable where PostgreSQL is away or ended the transaction for another one's sake, InvalidRequest
        where a value holds a NUL character.
        """
        added: set[str] = set()
        async with self._connected() as tx:
            tx.info.update({_SERVICE: self._settings.service, _ADDED: added})
            async with tx.begin():
                yield tx
        if "outbox" in added:
            self.outbox_added.set()
        if "job" in added:
            self.jobs_added.set()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Opens a transaction that PostgreSQL keeps from writing. Raises Unavailable as `begin` does."""
        async with self._connected() as connection:
            tx = await connection.execution_options(postgresql_readonly=True)
            async with tx.begin():
                yield tx

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        with _unreachable_as_unavailable():
            connection = await self._engine.connect()
        try:
            with _as_refusals():
                yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def dedicated(self) -> AsyncIterator[asyncpg.Connection]:
        """Opens a connection outside the pool, for a session lock, and closes it at the end of the block.

        Raises Unavailable where PostgreSQL is away, also later, when the connection is lost.
        """
        dsn = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        with _unreachable_as_unavailable():
            connection: asyncpg.Connection = await asyncpg.connect(
                dsn,
                timeout=self._settings.database_connect_timeout,
                command_timeout=self._settings.database_statement_timeout,
                server_settings=_server_settings(self._settings),
            )
        try:
            with _as_refusals():
                yield connection
        finally:
            connection.terminate()

    async def close(self) -> None:
        await self._engine.dispose()


def publishing_service(tx: AsyncConnection) -> str:
    """Returns the service whose database this transaction writes."""
    name: str = tx.info[_SERVICE]
    return name


def note_added(tx: AsyncConnection, table: str) -> None:
    """Notes that whoever waits for rows of `table` is to be woken once this transaction has committed."""
    tx.info[_ADDED].add(table)


@contextmanager
def _unreachable_as_unavailable() -> Iterator[None]:
    try:
        with _as_refusals():
            yield
    except (OSError, PoolTimeoutError) as error:
        raise Unavailable(part="database") from error


@contextmanager
def _as_refusals() -> Iterator[None]:
    try:
        yield
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:  # closed, or closing under our hands
        raise Unavailable(part="database") from error
    except (DBAPIError, asyncpg.PostgresError) as error:
        if _is_away(error):
            raise Unavailable(part="database") from error
        if sqlstate(error) in _NO_TEXT:
            raise InvalidRequest from error
        raise


def _is_away(error: DBAPIError | asyncpg.PostgresError) -> bool:
    if isinstance(error, DBAPIError) and (error.connection_invalidated or isinstance(error, InterfaceError)):
        return True
    return sqlstate(error).startswith(_AWAY)


def sqlstate(error: DBAPIError | asyncpg.PostgresError) -> str:
    """Returns the SQLSTATE of PostgreSQL's answer; empty where there was none."""
    source = error.orig if isinstance(error, DBAPIError) else error
    return getattr(source, "sqlstate", None) or ""


def _engine(url: URL, settings: ServiceSettings) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_pool_overflow,
        pool_timeout=settings.database_pool_wait,
        json_serializer=to_json,
        hide_parameters=True,  # an error of a statement reaches the log, and its values may be personal
        connect_args={"timeout": settings.database_connect_timeout, "server_settings": _server_settings(settings)},
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


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
    }


def _milliseconds(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"
