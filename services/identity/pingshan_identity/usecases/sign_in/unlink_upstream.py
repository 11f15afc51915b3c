"""Take an upstream away as a way to sign in."""

from pingshan_kit import audit_log
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import NoSuchFactor
from pingshan_identity.store.sign_in import upstreams
from pingshan_identity.usecases.sessions.recent_sign_in import require_recent


async def unlink_upstream(actor: Actor, database: Database, personal: PersonalData, *, provider: str) -> None:
    """What was proven stays proven. Raises SessionNotFound, SignInTooOld, NoSuchFactor."""
    async with database.begin() as tx:
        session = await require_recent(tx, personal, actor)
        if not await upstreams.unlink(tx, provider, session.person_id):
            raise NoSuchFactor
        await audit_log.append(
            tx,
            actor=actor,
            act=Act.FACTOR_REMOVED,
            subject=actor.id,
            details={"method": "fed", "upstream": provider},
        )
