"""Writes a step of the protocol down for the open test of a client."""

from dataclasses import dataclass

from pingshan_kit import clock

from pingshan_identity.domain.clients.connection_test import Seen, Step
from pingshan_identity.store.clients import connection_tests
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class NoteStep:
    client_id: str | None
    step: Step
    fault: str | None = None
    description: str | None = None


async def note_step(deps: Dependencies, command: NoteStep) -> None:
    """Writes the step down where a test of the client is open; does nothing otherwise, also for None as client."""
    client_id = command.client_id
    if client_id is None or client_id not in deps.tested_clients:
        return
    seen = Seen(command.step, clock.now(), command.fault, command.description)
    async with deps.database.begin() as tx:
        await connection_tests.note(tx, client_id, seen)
