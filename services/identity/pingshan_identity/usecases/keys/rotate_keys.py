"""Makes the signing keys that are due, and forgets those whose last token is dead."""

import asyncio

from pingshan_kit import audit_log, clock
from pingshan_values.actor import Actor

from pingshan_identity.clients.tokens import new_key
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.keys.signing_key import due
from pingshan_identity.store.keys import signing_keys
from pingshan_identity.usecases.dependencies import Dependencies


async def rotate_keys(deps: Dependencies, actor: Actor) -> None:
    """Makes and forgets signing keys; of several processes at once one makes them, the others find them made."""
    async with deps.database.begin() as tx:
        await signing_keys.lock(tx)
        now = clock.now()
        for kid in await signing_keys.forget(tx, now):
            await audit_log.append(tx, actor=actor, act=Act.KEY_FORGOTTEN, subject=f"key:{kid}", details={})
        for period in due(list((await signing_keys.periods(tx, now)).values()), now):
            kid, private_jwk, public_jwk = await asyncio.to_thread(new_key, period.alg)
            await signing_keys.add(
                tx, deps.personal, kid=kid, private_jwk=private_jwk, public_jwk=public_jwk, period=period, now=now
            )
            details = {"alg": period.alg, "signs_from": period.signs_from.isoformat()}
            await audit_log.append(tx, actor=actor, act=Act.KEY_MADE, subject=f"key:{kid}", details=details)
