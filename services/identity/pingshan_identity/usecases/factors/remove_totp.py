"""Removes a person's authenticator."""

from pingshan_kit import audit_log
from pingshan_values.actor import Actor

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.store.factors import second_factors
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.factors.shared import session_to_change_factors


async def remove_totp(deps: Dependencies, actor: Actor) -> None:
    """Removes the authenticator and its recovery codes; does nothing where there is no authenticator.

    Raises:
        SessionNotFound, SignInTooOld, FactorsOutOfReach, LastFactor.
    """
    async with deps.database.begin() as tx:
        session = await session_to_change_factors(tx, deps.personal, actor)
        factors = await second_factors.factors_of(tx, session.person_id)
        factors.without_totp().require_enough(session.realm)
        if await second_factors.remove_totp(tx, session.person_id):
            await audit_log.append(tx, actor=actor, act=Act.FACTOR_REMOVED, subject=actor.id, details={"method": "otp"})
