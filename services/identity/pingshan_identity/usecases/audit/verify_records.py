"""Check the whole chain of records and write down what was found."""

from pingshan_kit import audit_log
from pingshan_kit.audit_log import BrokenChainError
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor, ActorKind

from pingshan_identity.domain.access import AUDITOR, require_role
from pingshan_identity.domain.audit.sign_in_record import Act


async def verify_records(actor: Actor, database: Database) -> bool:
    """Whether it is whole. The service itself checks each week, an auditor whenever they like.

    Raises:
        AdministratorRequired.

    """
    if actor.kind is not ActorKind.SERVICE:
        require_role(actor, AUDITOR)
    async with database.read() as tx:
        try:
            found: dict[str, object] = {"sealed": await audit_log.verify(tx), "whole": True}
        except BrokenChainError as error:
            found = {"whole": False, "found": str(error)}
    async with database.begin() as tx:
        await audit_log.append(tx, actor=actor, act=Act.RECORDS_VERIFIED, subject="records", details=found)
    return found["whole"] is True
