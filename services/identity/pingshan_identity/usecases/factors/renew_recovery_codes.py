"""Ten new recovery codes; the old ones are void."""

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import NoSuchFactor
from pingshan_identity.domain.factors import recovery_code
from pingshan_identity.store.factors import second_factors
from pingshan_identity.usecases.factors.verify_recovery_code import recovery_code_hash
from pingshan_identity.usecases.sessions.recent_sign_in import require_recent


async def renew_recovery_codes(actor: Actor, database: Database, personal: PersonalData) -> tuple[str, ...]:
    """Shown once.

    Raises:
        SessionNotFound, SignInTooOld; NoSuchFactor without an authenticator that they could stand in for.

    """
    codes = recovery_code.make()
    async with database.begin() as tx:
        session = await require_recent(tx, personal, actor)
        if not (await second_factors.factors_of(tx, session.person_id)).totp:
            raise NoSuchFactor
        await second_factors.replace_recovery_codes(tx, session.person_id, map(recovery_code_hash, codes), clock.now())
        await audit_log.append(tx, actor=actor, act=Act.RECOVERY_CODES_MADE, subject=actor.id, details={})
    return tuple(codes)
