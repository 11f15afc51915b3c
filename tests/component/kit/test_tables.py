"""The migrations of the kit and of each service make what its `store/tables.py` says."""

from collections.abc import Callable
from importlib import import_module

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pingshan_kit.migrate import store_of
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.platform import BoundService

SERVICES = {
    "identity": "pingshan_identity",
    "e-license": "pingshan_e_license",
    "workflow": "pingshan_workflow",
    "wifi-portal": "pingshan_wifi_portal",
    "alerts": "pingshan_alerts",
}


@pytest.mark.parametrize("service", SERVICES)
async def test_the_tables_are_what_the_migrations_make(
    platform_settings: Callable[..., BoundService], service: str
) -> None:
    settings_type = import_module(f"{SERVICES[service]}.settings").Settings
    settings = platform_settings(service).settings(settings_type)
    store = store_of(settings_type)

    def ours(_: object, name: str | None, kind: str, *__: object) -> bool:
        return name != "kit_version" and not (kind in {"table", "index"} and str(name).startswith("event_log_"))

    def difference(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        return list(compare_metadata(context, store.metadata))

    url = make_url(settings.owner_database_url).set(password=settings.secret("owner_database_password"))
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        assert await connection.run_sync(difference) == []
    await engine.dispose()
