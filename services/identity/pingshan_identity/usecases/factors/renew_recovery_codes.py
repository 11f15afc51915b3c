"""Renews the recovery codes; the old ones are void."""

from pingshan_kit import audit_log, clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.factors import recovery_code
from pingshan_identity.store.factors import second_factors
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.factors.shared import session_to_change_factors


async def renew_recovery_codes(deps: Dependencies, actor: Actor) -> tuple[str, ...]:
    """Returns ten new recovery codes, which are shown once; the old ones are void.

    Raises SessionNotFound, SignInTooOld, FactorsOutOfReach, or NoSuchFactor where there is no authenticator that they
    could replace.
    """
    codes = recovery_code.make()
    async with deps.database.begin() as tx:
        session = await session_to_change_factors(tx, deps.personal, actor)
        factors = await second_factors.factors_of(tx, session.person_id)
        factors.require_totp()
        hashes = map(recovery_code.hashed, codes)
        await second_factors.replace_recovery_codes(tx, session.person_id, hashes, clock.now())
        await audit_log.append(tx, actor=actor, act=Act.RECOVERY_CODES_MADE, subject=actor.id, details={})
    return tuple(codes)
