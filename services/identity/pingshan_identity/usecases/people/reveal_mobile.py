"""An administrator looks at a telephone number in full; that is recorded."""

from uuid import UUID

from pingshan_kit import audit_log
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import PersonNotFound, ReasonRequired
from pingshan_identity.store.people import persons

_LONGEST = 200


async def reveal_mobile(
    actor: Actor, database: Database, personal: PersonalData, *, person_id: UUID, reason: str
) -> str:
    """E.164.

    Raises:
        AdministratorRequired, PersonNotFound, ReasonRequired.

    """
    require_role(actor, SYSTEM_ADMINISTRATOR)
    if not reason.strip():
        raise ReasonRequired
    async with database.begin() as tx:
        mobile = await persons.mobile_of(tx, personal, str(person_id))
        if mobile is None:
            raise PersonNotFound
        details = {"field": "mobile_number", "why": reason.strip()[:_LONGEST]}
        await audit_log.append(tx, actor=actor, act=Act.PERSON_REVEALED, subject=f"person:{person_id}", details=details)
    return mobile
