"""Writes down, for an open test, an authorization request with a redirect URI that is not registered."""

from dataclasses import dataclass

from pingshan_kit import clock

from pingshan_identity.domain.clients.connection_test import Fault, Seen, Step, quoted
from pingshan_identity.store.clients import clients, connection_tests
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class NoteWrongRedirect:
    client_id: str
    received: str | None


async def note_wrong_redirect(deps: Dependencies, command: NoteWrongRedirect) -> None:
    """Writes the received and the registered URIs down where a test of the client is open; does nothing otherwise."""
    client_id = command.client_id
    if client_id not in deps.tested_clients:
        return
    async with deps.database.begin() as tx:
        registered = (await clients.existing(tx, client_id)).redirect_uris
        received = quoted(command.received)
        seen = Seen(Step.AUTHORIZE, clock.now(), Fault.REDIRECT_URI, expected=registered, received=received)
        await connection_tests.note(tx, client_id, seen)
