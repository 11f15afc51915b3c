"""One database per service: transactions, and who is told after a commit."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import asyncpg
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from pingshan_kit.settings import ServiceSettings

_SERVICE = "pingshan.service"
_ADDED = "pingshan.added"
_CONNECT_SECONDS = 5

to_json = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


class Database:
    """The pool of the runtime role. `outbox_added` and `jobs_added` are set after a commit that added such rows."""

    def __init__(self, url: URL, service: str) -> None:
        self._url = url
        self._service = service
        self._engine = _engine(url, service)
        self.outbox_added = asyncio.Event()
        self.jobs_added = asyncio.Event()

    @classmethod
    def from_settings(cls, settings: ServiceSettings) -> "Database":
        url = make_url(settings.database_url).set(password=settings.secret("database_password"))
        return cls(url, settings.service)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """One read-write transaction; it commits when the block ends without an exception."""
        async with self._engine.begin() as tx:
            added: set[str] = set()
            tx.info.update({_SERVICE: self._service, _ADDED: added})
            yield tx
        if "outbox" in added:
            self.outbox_added.set()
        if "job" in added:
            self.jobs_added.set()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that PostgreSQL keeps from writing."""
        async with self._engine.connect() as connection:
            tx = await connection.execution_options(postgresql_readonly=True)
            async with tx.begin():
                yield tx

    async def dedicated(self) -> asyncpg.Connection:
        """A connection outside the pool, for a session lock. The caller closes it."""
        dsn = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection: asyncpg.Connection = await asyncpg.connect(
            dsn, timeout=_CONNECT_SECONDS, command_timeout=30, server_settings=_server_settings(self._service)
        )
        return connection

    async def close(self) -> None:
        await self._engine.dispose()


def publishing_service(tx: AsyncConnection) -> str:
    """The service whose database this transaction writes."""
    name: str = tx.info[_SERVICE]
    return name


def note_added(tx: AsyncConnection, table: str) -> None:
    """Have whoever waits for rows of `table` woken once this transaction has committed."""
    tx.info[_ADDED].add(table)


def _engine(url: URL, service: str) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=10,
        max_overflow=10,
        pool_timeout=_CONNECT_SECONDS,
        pool_pre_ping=True,
        json_serializer=to_json,
        connect_args={"timeout": _CONNECT_SECONDS, "server_settings": _server_settings(service)},
    )


def _server_settings(service: str) -> dict[str, str]:
    return {
        "application_name": f"pingshan-{service}",
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": "60s",
        "timezone": "UTC",
    }
