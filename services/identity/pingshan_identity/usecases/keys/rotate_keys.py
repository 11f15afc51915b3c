"""Makes the signing keys that are due, and forgets those whose last token is dead."""

from pingshan_kit import audit_log, clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.store.keys import signing_keys
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.keys.shared import make_due


async def rotate_keys(deps: Dependencies, actor: Actor) -> None:
    """Makes and forgets signing keys; of several processes at once one makes them, the others find them made."""
    async with deps.database.begin() as tx:
        await signing_keys.lock(tx)
        for kid in await signing_keys.forget(tx, clock.now()):
            await audit_log.append(tx, actor=actor, act=Act.KEY_FORGOTTEN, subject=f"key:{kid}", details={})
        await make_due(tx, actor, deps.personal)
