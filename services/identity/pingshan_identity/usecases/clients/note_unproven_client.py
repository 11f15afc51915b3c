"""Write down that a client under test could not prove itself, and whether the method or the secret was wrong."""

from pingshan_kit import clock
from pingshan_kit.storage.database import Database

from pingshan_identity.domain.clients.connection_test import Fault, Seen, Step, client_fault
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.store.clients import clients, connection_tests
from pingshan_identity.store.clients.tested_clients import TestedClients
from pingshan_identity.usecases.oauth.authenticate_client import claimed


async def note_unproven_client(
    database: Database,
    tested: TestedClients,
    *,
    authorization: str | None,
    parameters: Parameters,
    description: str,
) -> None:
    """Nothing where no test of the client that it claims to be is open."""
    client_id, used = claimed(authorization, parameters)
    if client_id is None or client_id not in tested:
        return
    async with database.begin() as tx:
        client = await clients.existing(tx, client_id)
        fault = Fault.DISABLED if client.disabled else client_fault(client.auth_method, used)
        received = used.value if used is not None else None
        expected = (client.auth_method.value,)
        seen = Seen(Step.TOKEN, clock.now(), fault, description, expected, received)
        await connection_tests.note(tx, client_id, seen)
