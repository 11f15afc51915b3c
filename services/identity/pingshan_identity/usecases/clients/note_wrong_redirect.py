"""Write down an authorization request that named another redirect URI than the registered ones."""

from pingshan_kit import clock
from pingshan_kit.storage.database import Database

from pingshan_identity.domain.clients.connection_test import Fault, Seen, Step
from pingshan_identity.store.clients import clients, connection_tests
from pingshan_identity.store.clients.tested_clients import TestedClients

_LONGEST = 500


async def note_wrong_redirect(
    database: Database, tested: TestedClients, *, client_id: str, received: str | None
) -> None:
    """Quotes both, so that somebody sees the difference; nothing where no test of the client is open."""
    if client_id not in tested:
        return
    async with database.begin() as tx:
        client = await clients.existing(tx, client_id)
        quoted = received[:_LONGEST].replace("\0", "") if received else None
        seen = Seen(Step.AUTHORIZE, clock.now(), Fault.REDIRECT_URI, expected=client.redirect_uris, received=quoted)
        await connection_tests.note(tx, client_id, seen)
