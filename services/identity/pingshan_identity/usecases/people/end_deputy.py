"""Acting for somebody ends before its last day."""

from datetime import timedelta
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import PersonNotFound
from pingshan_identity.domain.sessions.session import EndReason
from pingshan_identity.store.people import staff
from pingshan_identity.usecases.sessions.shared import close_access


async def end_deputy(actor: Actor, database: Database, personal: PersonalData, *, deputy_id: UUID, post: str) -> None:
    """At once; the deputy is signed out, so that no session goes on with the post's roles.

    Raises:
        AdministratorRequired, PersonNotFound.

    """
    require_role(actor, SYSTEM_ADMINISTRATOR)
    async with database.begin() as tx:
        if await staff.lock(tx, deputy_id, None) is None:
            raise PersonNotFound
        await staff.end_posts(tx, deputy_id, [post], clock.today() - timedelta(days=1), acting=True)
        await audit_log.append(
            tx, actor=actor, act=Act.DEPUTY_ENDED, subject=f"person:{deputy_id}", details={"post": post}
        )
        await close_access(tx, actor, personal, person_id=str(deputy_id), reason=EndReason.MOVED)
