"""Tell this process which clients are under test."""

from pingshan_kit import clock

from pingshan_identity.store.clients import connection_tests
from pingshan_identity.usecases.dependencies import Dependencies


async def load_tested_clients(deps: Dependencies) -> None:
    """Replace what this process knew before."""
    async with deps.database.read() as tx:
        deps.tested_clients.adopt(await connection_tests.open_ones(tx, clock.now()))
