"""Bring a service's database to its newest version, as the owner, and give the runtime role what it needs."""

import asyncio
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from pingshan_kit import migrations
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.tables import encrypted_columns

_LOCK = 7_471_001
"""One migration at a time; other replicas wait for it."""
EVENT_LOG_DAYS = 90


@dataclass(frozen=True)
class Store:
    """A service's tables and the folder of its migrations."""

    metadata: MetaData
    versions: Path


def store_of(settings_type: type[ServiceSettings]) -> Store:
    """The store beside the settings: `<package>.store.tables` and `<package>/store/migrations/versions`."""
    package = settings_type.__module__.rpartition(".")[0]
    tables = importlib.import_module(f"{package}.store.tables")
    store = importlib.import_module(f"{package}.store")
    return Store(tables.metadata, Path(str(store.__file__)).parent / "migrations" / "versions")


async def migrate(settings: ServiceSettings, store: Store) -> None:
    """Run the missing migrations, then set the grants and the event log's partitions, in one transaction."""
    owner = make_url(settings.owner_database_url).set(password=settings.secret("owner_database_password"))
    runtime = str(make_url(settings.database_url).username)
    engine = create_async_engine(owner, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            await connection.run_sync(_upgrade, store.versions)
            for statement in _grants(store.metadata, runtime):
                await connection.execute(text(statement))
            await connection.execute(text("SELECT event_log_partitions(:days)"), {"days": EVENT_LOG_DAYS})
    finally:
        await asyncio.shield(engine.dispose())


def _upgrade(connection: Connection, versions: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(str(migrations.__file__)).parent))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(versions))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _grants(metadata: MetaData, runtime: str) -> Iterator[str]:
    yield f'GRANT USAGE ON SCHEMA public TO "{runtime}"'
    for table in metadata.sorted_tables:
        rights = "SELECT, INSERT" if table.info.get("append_only") else "SELECT, INSERT, UPDATE, DELETE"
        yield f'REVOKE ALL ON "{table.name}" FROM "{runtime}"'
        yield f'GRANT {rights} ON "{table.name}" TO "{runtime}"'
        columns = ", ".join(f'"{column.name}"' for column in encrypted_columns(table))
        if table.info.get("append_only") and columns:  # a new data key: their text stays, its encryption does not
            yield f'GRANT UPDATE ({columns}) ON "{table.name}" TO "{runtime}"'
    yield f'GRANT SELECT ON alembic_version TO "{runtime}"'
    yield f'GRANT EXECUTE ON FUNCTION event_log_partitions(integer) TO "{runtime}"'
