"""Complete the sign-outs whose last untold system can no longer hold a token."""

from pingshan_kit import clock
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.clients.tokens import TokenSigner
from pingshan_identity.store.sign_out import sign_outs
from pingshan_identity.usecases.sign_out.shared import complete_if_settled

_AT_ONCE = 100


async def complete_sign_outs(actor: Actor, database: Database, signer: TokenSigner) -> int:
    """The number completed; at most 100 per call."""
    async with database.begin() as tx:
        ripe = await sign_outs.ripe(tx, clock.now(), _AT_ONCE)
        return sum([await complete_if_settled(tx, actor, signer, each) for each in ripe])
