"""Loads the clients under test into this process."""

from pingshan_kit import clock

from pingshan_identity.store.clients import connection_tests
from pingshan_identity.usecases.dependencies import Dependencies


async def load_tested_clients(deps: Dependencies) -> None:
    """Replaces the clients under test that this process knew."""
    async with deps.database.read() as tx:
        deps.tested_clients.adopt(await connection_tests.open_ones(tx, clock.now()))
