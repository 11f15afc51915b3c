"""Reads where a visit to an upstream was to lead, for whoever did not get there."""

from hashlib import sha256

from pingshan_identity.store.sign_in.upstreams import continuation_of_visit
from pingshan_identity.usecases.dependencies import Dependencies


async def read_upstream_continuation(deps: Dependencies, *, state: str, browser: str) -> str | None:
    """Returns where the visit with that state was to lead; None where this browser has begun none within a day."""
    async with deps.database.read() as tx:
        return await continuation_of_visit(
            tx, state_hash=sha256(state.encode()).digest(), browser_hash=sha256(browser.encode()).digest()
        )
