"""The secret that an approved change made, once, for whoever proposed it."""

from uuid import UUID

from pingshan_kit import audit_log
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import require_role
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.dual_control.change_request import proposer
from pingshan_identity.domain.errors import ChangeNotFound
from pingshan_identity.store.dual_control import change_requests


async def take_outcome(actor: Actor, database: Database, personal: PersonalData, *, change_id: UUID) -> str:
    """That it was shown is recorded.

    Raises:
        AdministratorRequired: who proposed it is no such administrator any more.
        ChangeNotFound: there is none, it was fetched, or somebody else proposed the change.

    """
    if actor.person_id is None:
        raise ChangeNotFound
    async with database.begin() as tx:
        change = await change_requests.get(tx, change_id)
        if change is None:
            raise ChangeNotFound
        require_role(actor, proposer(change.kind))
        secret = await change_requests.take_outcome(tx, personal, change_id, actor.person_id)
        if secret is None:
            raise ChangeNotFound
        details = {"kind": change.kind.value, "id": change.change_id}
        await audit_log.append(tx, actor=actor, act=Act.SECRET_SHOWN, subject=change.subject, details=details)
    return secret
