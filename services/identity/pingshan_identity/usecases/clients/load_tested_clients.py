"""Tell this process which clients are under test."""

from pingshan_kit import clock
from pingshan_kit.storage.database import Database

from pingshan_identity.store.clients import connection_tests
from pingshan_identity.store.clients.tested_clients import TestedClients


async def load_tested_clients(database: Database, tested: TestedClients) -> None:
    async with database.read() as tx:
        tested.adopt(await connection_tests.open_ones(tx, clock.now()))
