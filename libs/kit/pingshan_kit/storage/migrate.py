"""Migration of a service's database to its newest version, as the owner, and the rights of the runtime role.

Migrations are written with the steps of `migrations/steps.py`; this module runs them.

There are two histories: the kit's, the same in every database, and the service's. Each has its own version table, and
each of its migrations is a transaction.

Services work on while a migration runs. PostgreSQL queues everybody behind a statement that waits for a table, so a
migration waits a second at most, steps back, and tries again later.
"""

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, MetaData, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from pingshan_kit.logging import log
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage import migrations
from pingshan_kit.storage.database import sqlstate
from pingshan_kit.storage.housekeeping import EVENT_LOG
from pingshan_kit.storage.tables import encrypted_columns

if TYPE_CHECKING:
    from alembic.config import Config

PATIENCE = 600.0
"""Seconds that a run waits for locks, all its waits together."""
_LOCK = 7_471_001
"""One migration at a time; other replicas wait for it."""
_LOCK_TIMEOUT = "1s"
_PAUSES = (1.0, 2.0, 5.0)
_LOOK_SECONDS = 0.2
_ENVIRONMENT = Path(str(migrations.__file__)).parent
_KIT_VERSION, _SERVICE_VERSION = "kit_version", "alembic_version"

_GAVE_WAY = ("55P03", "40P01")
"""SQLSTATEs (PostgreSQL 18, appendix A): a lock was not to be had in time, a deadlock was broken."""

_BLOCKERS = text(
    "SELECT DISTINCT pid, usename, application_name FROM"
    " (SELECT unnest(pg_blocking_pids(:pid)) AS pid"
    "  UNION SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> :pid"
    "  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    "  AND (classid, objid, objsubid) = (0, CAST(:lock AS oid), 1)) AS blocker"
    " LEFT JOIN pg_stat_activity USING (pid) ORDER BY pid"
)
"""Without their statements: those may hold personal data."""


class MigrationBlocked(Exception):
    """Others held locks that a migration needs until its patience ended. What was done by then stays done."""

    code = "MIGRATION_BLOCKED"

    def __init__(self, blockers: Sequence[str], *, patience: float) -> None:
        who = ", ".join(blockers) or "-"
        super().__init__(
            f"{self.code}: 数据库升级等锁已达 {patience:g} 秒，占用者：{who}。请结束占用者的事务后重新运行。 / "
            f"The migration has waited {patience:g} s for locks held by {who}. End their transactions and run it again."
        )
        self.blockers = tuple(blockers)


@dataclass(frozen=True)
class Store:
    """Names a service's tables and the folder of its migrations."""

    metadata: MetaData
    versions: Path


def store_of(settings_type: type[ServiceSettings]) -> Store:
    """Returns the store beside the settings: `<package>.store.tables` and `<package>/store/migrations/versions`."""
    package = settings_type.__module__.rpartition(".")[0]
    tables = importlib.import_module(f"{package}.store.tables")
    store = importlib.import_module(f"{package}.store")
    return Store(tables.metadata, Path(str(store.__file__)).parent / "migrations" / "versions")


async def migrate(settings: ServiceSettings, store: Store, *, patience: float = PATIENCE) -> None:
    """Runs the kit's missing migrations, then the service's, then sets the grants and the event log's partitions.

    A run that was killed is finished by the next one. Raises MigrationBlocked after `patience` seconds of waiting.
    """
    runtime = str(make_url(settings.database_url).username)
    engine = _engine(settings)
    try:
        async with engine.connect() as connection, engine.connect() as observing:
            observer = await _Observer.of(connection, observing, patience)
            await _lock(connection, observer)
            for step in (
                _recognise_tables_without_version,
                partial(_upgrade, versions=_ENVIRONMENT / "versions", version_table=_KIT_VERSION),
                partial(_upgrade, versions=store.versions, version_table=_SERVICE_VERSION),
                partial(_grant, metadata=store.metadata, runtime=runtime),
                _make_partitions,
            ):
                await _patiently(connection, observer, step)
    finally:
        await asyncio.shield(engine.dispose())


def _engine(settings: ServiceSettings) -> AsyncEngine:
    url = make_url(settings.owner_database_url).set(password=settings.secret("owner_database_password"))
    server_settings = {"application_name": f"pingshan-{settings.service}-migrate", "lock_timeout": _LOCK_TIMEOUT}
    connect_args = {"timeout": settings.database_connect_timeout, "server_settings": server_settings}
    return create_async_engine(url, poolclass=NullPool, connect_args=connect_args)


class _Observer:
    """Sees from a second connection who stands in the way of the first one, and ends the wait of a lost cause."""

    def __init__(self, connection: AsyncConnection, pid: int, patience: float) -> None:
        self._connection = connection
        self._pid = pid
        self._patience = patience
        self._waited = 0.0
        self._blockers: list[str] = []

    @classmethod
    async def of(cls, connection: AsyncConnection, observing: AsyncConnection, patience: float) -> "_Observer":
        pid = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        await connection.commit()
        return cls(await observing.execution_options(isolation_level="AUTOCOMMIT"), pid, patience)

    @property
    def exhausted(self) -> bool:
        return self._waited >= self._patience

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Counts how long the first connection waits during the block; cancels its wait when the patience ends."""
        ended = asyncio.Event()
        watch = asyncio.create_task(self._watch(ended))
        try:
            yield
        finally:
            ended.set()
            await watch

    async def _watch(self, ended: asyncio.Event) -> None:
        while not self.exhausted:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await ended.wait()
                return
            if await self.look():
                self._waited += _LOOK_SECONDS
        await self._connection.execute(text("SELECT pg_cancel_backend(:pid)"), {"pid": self._pid})

    async def look(self) -> list[str]:
        rows = await self._connection.execute(_BLOCKERS, {"pid": self._pid, "lock": _LOCK})
        found = [f"{row.application_name or '?'} (pid {row.pid}, {row.usename or '?'})" for row in rows]
        self._blockers = found or self._blockers
        return found

    async def step_back(self, seconds: float) -> None:
        """Waits without holding anything. Raises MigrationBlocked where the patience is at its end."""
        if self.exhausted:
            raise MigrationBlocked(self._blockers, patience=self._patience)
        log.warning("migration.waiting", blocked_by=self._blockers, waited=round(self._waited, 1))
        await asyncio.sleep(seconds)
        self._waited += seconds


async def _lock(connection: AsyncConnection, observer: _Observer) -> None:
    """Locks until the connection is closed; asks again and again, as a concurrent index waits for whoever waits."""
    free = text("SELECT pg_try_advisory_lock(:lock)")
    while True:
        taken = (await connection.execute(free, {"lock": _LOCK})).scalar_one()
        await connection.commit()
        if taken:
            return
        await observer.look()
        await observer.step_back(_PAUSES[0])


async def _patiently(connection: AsyncConnection, observer: _Observer, step: Callable[[Connection], None]) -> None:
    pauses = chain(_PAUSES, repeat(_PAUSES[-1]))
    while True:
        async with observer.watching():
            try:
                await connection.run_sync(step)
                return await connection.commit()
            except DBAPIError as error:
                await connection.rollback()
                if not (sqlstate(error) in _GAVE_WAY or observer.exhausted):
                    raise
        await observer.step_back(next(pauses))


def _recognise_tables_without_version(connection: Connection) -> None:
    """Stamps the kit's first version where its tables came with the service's own history."""
    from alembic import command
    from alembic.runtime.migration import MigrationContext

    versions = MigrationContext.configure(connection, opts={"version_table": _KIT_VERSION})
    if not versions.get_current_heads() and inspect(connection).has_table("outbox"):
        connection.rollback()  # Alembic begins its own transactions only where none is open
        command.stamp(_config(connection, _ENVIRONMENT / "versions", _KIT_VERSION), "0001")


def _upgrade(connection: Connection, *, versions: Path, version_table: str) -> None:
    from alembic import command

    command.upgrade(_config(connection, versions, version_table), "head")


def _config(connection: Connection, versions: Path, version_table: str) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_ENVIRONMENT))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(versions))
    config.attributes.update(connection=connection, version_table=version_table)
    return config


def _grant(connection: Connection, *, metadata: MetaData, runtime: str) -> None:
    for statement in _grants(metadata, runtime):
        connection.execute(text(statement))


def _grants(metadata: MetaData, runtime: str) -> Iterator[str]:
    yield f'GRANT USAGE ON SCHEMA public TO "{runtime}"'
    for table in metadata.sorted_tables:
        rights = "SELECT, INSERT" if table.info.get("append_only") else "SELECT, INSERT, UPDATE, DELETE"
        yield f'REVOKE ALL ON "{table.name}" FROM "{runtime}"'
        yield f'GRANT {rights} ON "{table.name}" TO "{runtime}"'
        columns = ", ".join(f'"{column.name}"' for column in encrypted_columns(table))
        if table.info.get("append_only") and columns:  # a new data key: their text stays, its encryption does not
            yield f'GRANT UPDATE ({columns}) ON "{table.name}" TO "{runtime}"'
    for version_table in (_KIT_VERSION, _SERVICE_VERSION):
        yield f'GRANT SELECT ON {version_table} TO "{runtime}"'
    yield f'GRANT EXECUTE ON FUNCTION event_log_partitions(integer) TO "{runtime}"'


def _make_partitions(connection: Connection) -> None:
    connection.execute(text("SELECT event_log_partitions(:days)"), {"days": EVENT_LOG.days})
