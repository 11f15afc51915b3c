"""Ends sessions that nobody has reported for a while, though their controller never said so."""

from pingshan_kit.clock import now

from pingshan_wifi_portal.domain.session import SILENCE
from pingshan_wifi_portal.store import sessions
from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.sessions.shared import publish_ended


async def close_silent_sessions(deps: Dependencies) -> None:
    """Ends the sessions without a report for 20 minutes; a later report opens one again."""
    async with deps.database.begin() as tx:
        await publish_ended(tx, await sessions.end(tx, sessions.silent_since(now() - SILENCE), now(), "silent"))
