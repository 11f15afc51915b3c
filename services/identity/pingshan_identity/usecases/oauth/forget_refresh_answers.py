"""Erases the answers to refresh tokens whose grace is over."""

from pingshan_kit import clock

from pingshan_identity.domain.oauth.refresh_token import GRACE
from pingshan_identity.store.oauth import refresh_tokens
from pingshan_identity.usecases.dependencies import Dependencies


async def forget_refresh_answers(deps: Dependencies) -> int:
    """Returns the number of answers that were erased; nobody can get them any more, and they hold live tokens."""
    async with deps.database.begin() as tx:
        return await refresh_tokens.erase_answers_before(tx, clock.now() - GRACE)
