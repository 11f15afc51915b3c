"""Removes a passkey at once."""

from dataclasses import dataclass, field

from pingshan_kit import audit_log
from pingshan_values.actor import Actor

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import PasskeyNotFound
from pingshan_identity.store.factors import passkeys, second_factors
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.factors.shared import session_to_change_factors


@dataclass(frozen=True, slots=True)
class RemovePasskey:
    credential_id: bytes = field(repr=False)


async def remove_passkey(deps: Dependencies, actor: Actor, command: RemovePasskey) -> None:
    """Removes a passkey of who is signed in.

    Raises SessionNotFound, SignInTooOld, FactorsOutOfReach, PasskeyNotFound, or LastFactor where staff would be left
    without a factor.
    """
    async with deps.database.begin() as tx:
        session = await session_to_change_factors(tx, deps.personal, actor)
        if not await passkeys.remove(tx, session.person_id, command.credential_id):
            raise PasskeyNotFound
        left = await second_factors.factors_of(tx, session.person_id)
        left.require_enough(session.realm)
        await audit_log.append(tx, actor=actor, act=Act.FACTOR_REMOVED, subject=actor.id, details={"method": "passkey"})
