"""Switching a client off, for several use cases."""

from pingshan_kit import clock
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.oauth.grant import GrantEndReason
from pingshan_identity.store.clients import clients
from pingshan_identity.store.oauth import grants
from pingshan_identity.usecases.oauth.shared import end_grant


async def switch_off(tx: AsyncConnection, actor: Actor, *, client_id: str) -> bool:
    """Switches the client off and ends its grants, in the caller's transaction. Returns False where it was off before.

    The caller records the reason.
    """
    if not await clients.disable(tx, client_id, clock.now()):
        return False
    for grant in await grants.live_of_client(tx, client_id):
        await end_grant(tx, actor, grant, GrantEndReason.REVOKED)
    return True
