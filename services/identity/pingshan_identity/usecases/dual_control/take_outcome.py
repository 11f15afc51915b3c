"""Shows a secret that an approved change made to who proposed or decided it, once."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import audit_log
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import require_person
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import ChangeNotFound
from pingshan_identity.store.dual_control import change_requests
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class TakeOutcome:
    change_id: UUID


async def take_outcome(deps: Dependencies, actor: Actor, command: TakeOutcome) -> str:
    """Returns the secret and records that it was shown; a second call raises ChangeNotFound.

    Raises:
        AdministratorRequired: the actor does not hold the proposing or deciding role, now.
        ChangeNotFound: no secret waits for the actor.
    """
    require_person(actor, ChangeNotFound)
    async with deps.database.begin() as tx:
        change = await change_requests.get(tx, command.change_id, lock=True)
        if change is None:
            raise ChangeNotFound
        hand = change.check_may_take_outcome(actor)
        secret = await change_requests.take_outcome(tx, deps.personal, command.change_id, hand)
        details = {"kind": change.kind.value, "id": change.change_id}
        await audit_log.append(tx, actor=actor, act=Act.SECRET_SHOWN, subject=change.subject, details=details)
    return secret
