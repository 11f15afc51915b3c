"""Shows a telephone number in full to an administrator."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import audit_log
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.audit.reason import check_reason
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import PersonNotFound
from pingshan_identity.store.people import persons
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class RevealMobile:
    person_id: UUID
    reason: str


async def reveal_mobile(deps: Dependencies, actor: Actor, command: RevealMobile) -> str:
    """Returns the number in E.164 and records that it was shown, with the reason.

    Raises:
        AdministratorRequired, PersonNotFound, ReasonRequired.
    """
    check_may_administer(actor, AdministrativeAct.REVEAL_MOBILE)
    reason = check_reason(command.reason)
    async with deps.database.begin() as tx:
        mobile = await persons.mobile_of(tx, deps.personal, str(command.person_id))
        if mobile is None:
            raise PersonNotFound
        subject, details = f"person:{command.person_id}", {"field": "mobile_number", "why": reason}
        await audit_log.append(tx, actor=actor, act=Act.PERSON_REVEALED, subject=subject, details=details)
    return mobile
