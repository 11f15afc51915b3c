"""Sessions that nobody has reported for a while are over, though their controller never said so."""

from pingshan_kit.clock import now

from pingshan_wifi_portal.domain.session import SILENCE
from pingshan_wifi_portal.store import sessions
from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.sessions.shared import publish_ended


async def close_silent_sessions(deps: Dependencies) -> None:
    """End what was silent for SILENCE; a later report opens the session again."""
    async with deps.database.begin() as tx:
        await publish_ended(tx, await sessions.end(tx, sessions.silent_since(now() - SILENCE), now(), "silent"))
