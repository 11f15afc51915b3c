"""Makes and withdraws signing keys, each in the caller's transaction."""

import asyncio

from pingshan_events.identity import SigningKeyWithdrawn
from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.tokens import new_key
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.keys.signing_key import due
from pingshan_identity.store.keys import signing_keys


async def make_due(tx: AsyncConnection, actor: Actor, personal: PersonalData) -> None:
    """Makes the keys that are due. The caller holds `signing_keys.lock`."""
    now = clock.now()
    for period in due(list((await signing_keys.periods(tx, now)).values()), now):
        kid, private_jwk, public_jwk = await asyncio.to_thread(new_key, period.alg)
        await signing_keys.add(
            tx, personal, kid=kid, private_jwk=private_jwk, public_jwk=public_jwk, period=period, now=now
        )
        details = {"alg": period.alg, "signs_from": period.signs_from.isoformat()}
        await audit_log.append(tx, actor=actor, act=Act.KEY_MADE, subject=f"key:{kid}", details=details)


async def withdraw(tx: AsyncConnection, actor: Actor, personal: PersonalData, kid: str | None) -> None:
    """Withdraws a key, or all that are published, and makes those that sign in their place.

    Everybody is told; what the key signed, receipts among it, proves nothing from here on.
    """
    await signing_keys.lock(tx)
    for withdrawn in await signing_keys.withdraw(tx, kid, clock.now()):
        await outbox.publish(
            tx,
            SigningKeyWithdrawn(
                event_id=uuid7(),
                aggregate_id=withdrawn,
                aggregate_version=1,
                correlation_id=withdrawn,
                occurred_at=clock.now(),
                kid=withdrawn,
            ),
        )
        await audit_log.append(tx, actor=actor, act=Act.KEY_WITHDRAWN, subject=f"key:{withdrawn}", details={})
    await make_due(tx, actor, personal)
