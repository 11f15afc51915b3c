"""All connections of a process are taken: readiness says that, and not that PostgreSQL is away."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from pingshan_kit.errors import Unavailable
from pingshan_kit.readiness import Readiness
from pingshan_kit.storage.database import Database
from sqlalchemy import text

from tests.support.kit.service import Alerts


@pytest.fixture
def small(alerts_settings: Alerts, alerts_database: Database) -> Database:
    limits = {"database_pool_size": 1, "database_pool_overflow": 1, "database_pool_wait": 0.5}
    return Database.from_settings(alerts_settings.model_copy(update=limits))


@pytest.mark.parametrize("pool", ["reads", "acts"])
async def test_a_full_pool_is_named_until_it_is_free(small: Database, pool: str) -> None:
    readiness = Readiness("alerts", small)
    way = small.read if pool == "reads" else small.begin
    async with AsyncExitStack() as held:
        for _ in range(2):
            tx = await held.enter_async_context(way())
            await tx.execute(text("SELECT 1"))
        await asyncio.sleep(0.1)
        with pytest.raises(Unavailable):
            async with way() as tx:
                await tx.execute(text("SELECT 1"))
        ready, facts = await readiness.report()
        assert ready is (pool == "acts")
        assert facts["status"] == ("degraded" if ready else "not-ready")
        assert f"all connections for {pool} are in use" in facts["state"]["en"]
        assert "都在使用中" in facts["state"]["zh"]
        assert "does not answer" not in facts["state"]["en"]
    ready, facts = await readiness.report()
    assert (ready, facts["state"]["en"]) == (True, "ok")
    await small.close()
