"""Remove one's authenticator, where a passkey is left."""

from pingshan_kit import audit_log
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import LastFactor
from pingshan_identity.store.factors import second_factors
from pingshan_identity.usecases.sessions.recent_sign_in import require_recent


async def remove_totp(actor: Actor, database: Database, personal: PersonalData) -> None:
    """Its recovery codes go with it.

    Raises:
        SessionNotFound, SignInTooOld, LastFactor.

    """
    async with database.begin() as tx:
        session = await require_recent(tx, personal, actor)
        if actor.realm == "staff" and not (await second_factors.factors_of(tx, session.person_id)).passkeys:
            raise LastFactor
        if await second_factors.remove_totp(tx, session.person_id):
            await second_factors.replace_recovery_codes(tx, session.person_id, (), session.auth_time)
            await audit_log.append(tx, actor=actor, act=Act.FACTOR_REMOVED, subject=actor.id, details={"method": "otp"})
