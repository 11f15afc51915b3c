"""Write down a step of the protocol for the test of a client that is open."""

from pingshan_kit import clock
from pingshan_kit.storage.database import Database

from pingshan_identity.domain.clients.connection_test import Seen, Step
from pingshan_identity.store.clients import connection_tests
from pingshan_identity.store.clients.tested_clients import TestedClients


async def note_step(
    database: Database,
    tested: TestedClients,
    *,
    client_id: str | None,
    step: Step,
    fault: str | None = None,
    description: str | None = None,
) -> None:
    """Nothing is written, and nothing asked, where no test of the client is open."""
    if client_id is None or client_id not in tested:
        return
    async with database.begin() as tx:
        await connection_tests.note(tx, client_id, Seen(step, clock.now(), fault, description))
