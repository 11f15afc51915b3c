"""Lifts a wait, for the security administrator who knows that an honest person meets it."""

from dataclasses import dataclass

from pingshan_kit import audit_log, clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.audit.reason import check_reason
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import ThrottleNotFound
from pingshan_identity.domain.sign_in.throttle import Counted
from pingshan_identity.store.sign_in import throttles
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class LiftThrottle:
    key: str
    """Hexadecimal digits, as the list gives them."""
    reason: str


async def lift_throttle(deps: Dependencies, actor: Actor, command: LiftThrottle) -> None:
    """Starts the count again, and records who lifted it and why; neither number nor network stands in the record.

    Raises:
        AdministratorRequired, ReasonRequired.
        ThrottleNotFound: nobody waits by that count.
    """
    check_may_administer(actor, AdministrativeAct.LIFT_THROTTLE)
    why, now = check_reason(command.reason), clock.now()
    try:
        key = bytes.fromhex(command.key)
    except ValueError as error:
        raise ThrottleNotFound from error
    async with deps.database.begin() as tx:
        found = await throttles.slowed_by_key(tx, deps.personal, key, now)
        if found is None:
            raise ThrottleNotFound
        if found.counted == Counted.SMS_NUMBER:
            await throttles.lift_number(tx, key, now)
        else:
            await throttles.forget(tx, [key])
        person_id = found.columns["person_id"]
        subject = f"person:{person_id}" if person_id else "unknown"
        details = {"counted": found.counted, "attempts": found.attempts, "why": why}
        await audit_log.append(tx, actor=actor, act=Act.THROTTLE_LIFTED, subject=subject, details=details)
