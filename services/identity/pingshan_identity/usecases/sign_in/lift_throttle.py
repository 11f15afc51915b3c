"""Lifts waits, for the security administrator who knows that honest people meet them."""

from dataclasses import dataclass
from datetime import datetime

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.audit.reason import check_reason
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import ThrottleNotFound
from pingshan_identity.domain.sign_in.throttle import Counted
from pingshan_identity.store.sign_in import throttles
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class LiftThrottle:
    keys: tuple[str, ...]
    """Hexadecimal digits of one wait, or of all that the administrator has seen, as the list gives them."""
    reason: str


async def lift_throttle(deps: Dependencies, actor: Actor, command: LiftThrottle) -> None:
    """Starts each count again, and records of each who lifted it and why; neither number nor network stands in the
    record. A wait that is over is left out.

    Raises:
        AdministratorRequired, ReasonRequired.
        ThrottleNotFound: nobody waits by any of those counts.
    """
    check_may_administer(actor, AdministrativeAct.LIFT_THROTTLE)
    why, now = check_reason(command.reason), clock.now()
    try:
        keys = {bytes.fromhex(key) for key in command.keys}
    except ValueError as error:
        raise ThrottleNotFound from error
    async with deps.database.begin() as tx:
        lifted = [await _lift(tx, actor, deps.personal, key, why, now) for key in sorted(keys)]
        if not any(lifted):
            raise ThrottleNotFound


async def _lift(tx: AsyncConnection, actor: Actor, personal: PersonalData, key: bytes, why: str, now: datetime) -> bool:
    """Returns False where nobody waits by that count."""
    found = await throttles.slowed_by_key(tx, personal, key, now)
    if found is None:
        return False
    if found.counted == Counted.SMS_NUMBER:
        await throttles.lift_number(tx, key, now)
    else:
        await throttles.forget(tx, [key])
    person_id = found.columns["person_id"]
    subject = f"person:{person_id}" if person_id else "unknown"
    details = {"counted": found.counted, "attempts": found.attempts, "why": why}
    await audit_log.append(tx, actor=actor, act=Act.THROTTLE_LIFTED, subject=subject, details=details)
    return True
