"""Remove a passkey: from the next moment it opens nothing."""

from pingshan_kit import audit_log
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import LastFactor, PasskeyNotFound
from pingshan_identity.domain.realm import Realm
from pingshan_identity.store.factors import passkeys, second_factors
from pingshan_identity.usecases.sessions.recent_sign_in import require_recent


async def remove_passkey(actor: Actor, database: Database, personal: PersonalData, *, credential_id: bytes) -> None:
    """Raises SessionNotFound, SignInTooOld, PasskeyNotFound; LastFactor where staff would be left without any."""
    async with database.begin() as tx:
        session = await require_recent(tx, personal, actor)
        if not await passkeys.remove(tx, session.person_id, credential_id):
            raise PasskeyNotFound
        if session.realm is Realm.STAFF and not (await second_factors.factors_of(tx, session.person_id)).cryptographic:
            raise LastFactor
        await audit_log.append(tx, actor=actor, act=Act.FACTOR_REMOVED, subject=actor.id, details={"method": "passkey"})
