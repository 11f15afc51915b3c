"""A person takes a consent back: the third party's tokens are dead within seconds."""

from pingshan_kit import audit_log, clock
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import PersonNotFound
from pingshan_identity.domain.oauth.grant import GrantEndReason
from pingshan_identity.store.oauth import consents, grants
from pingshan_identity.usecases.oauth.shared import end_grant


async def withdraw_consent(actor: Actor, database: Database, *, client_id: str) -> None:
    """End every grant of the client for the person; nothing happens where nothing was allowed.

    Raises:
        PersonNotFound: nobody is signed in.

    """
    if actor.person_id is None:
        raise PersonNotFound
    async with database.begin() as tx:
        if not await consents.withdraw(tx, actor.person_id, client_id, clock.now()):
            return
        details = {"client_id": client_id, "session_id": actor.session_id}
        await audit_log.append(tx, actor=actor, act=Act.CONSENT_WITHDRAWN, subject=actor.id, details=details)
        for grant in await grants.live_of_client(tx, client_id, person_id=actor.person_id):
            await end_grant(tx, actor, grant, GrantEndReason.WITHDRAWN)
