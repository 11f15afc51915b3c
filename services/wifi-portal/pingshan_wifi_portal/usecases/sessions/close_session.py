"""Ends a session here, where its controller does not know it any more or was told to end it."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit.clock import now

from pingshan_wifi_portal.store import sessions
from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.sessions.shared import publish_ended


@dataclass(frozen=True, slots=True)
class CloseSession:
    session_id: UUID
    cause: str


async def close_session(deps: Dependencies, command: CloseSession) -> None:
    """Ends the session; one that is over stays as it is, and a later report of the controller opens it again."""
    async with deps.database.begin() as tx:
        ended = await sessions.end(tx, sessions.is_open(command.session_id), now(), command.cause)
        await publish_ended(tx, ended)
