"""Writes down, for an open test, that a client could not prove itself, and why."""

from dataclasses import dataclass, field

from pingshan_kit import clock

from pingshan_identity.domain.clients.connection_test import Seen, Step, client_fault
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.store.clients import clients, connection_tests
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.authenticate_client import claimed


@dataclass(frozen=True, slots=True)
class NoteUnprovenClient:
    authorization: str | None = field(repr=False)
    parameters: Parameters = field(repr=False)
    description: str
    """Description of the refusal."""


async def note_unproven_client(deps: Dependencies, command: NoteUnprovenClient) -> None:
    """Writes the refusal down where a test of the client that the request claims to be is open; else does nothing."""
    client_id, used = claimed(command.authorization, command.parameters)
    if client_id is None or client_id not in deps.tested_clients:
        return
    async with deps.database.begin() as tx:
        client = await clients.existing(tx, client_id)
        seen = Seen(
            Step.TOKEN,
            clock.now(),
            client_fault(client, used),
            command.description,
            expected=(client.auth_method.value,),
            received=used.value if used is not None else None,
        )
        await connection_tests.note(tx, client_id, seen)
