"""Completes the sign-outs whose last untold system can no longer hold a token."""

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_identity.store.sign_out import sign_outs
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sign_out.shared import complete_if_settled

_AT_ONCE = 100


async def complete_sign_outs(deps: Dependencies, actor: Actor) -> int:
    """Returns the number of sign-outs completed, at most 100 per call."""
    async with deps.database.begin() as tx:
        ripe = await sign_outs.ripe(tx, clock.now(), _AT_ONCE)
        return sum([await complete_if_settled(tx, actor, deps.signer, each) for each in ripe])
