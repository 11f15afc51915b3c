"""Lifts limits of codes, for an operator who knows that honest people meet them."""

from dataclasses import dataclass

from pingshan_kit import audit_log
from pingshan_kit.clock import now
from pingshan_values.actor import Actor
from pingshan_values.text import is_line

from pingshan_wifi_portal.domain import access
from pingshan_wifi_portal.domain.errors import LimitNotFound, ReasonRequired
from pingshan_wifi_portal.store import code_limits
from pingshan_wifi_portal.usecases.dependencies import Dependencies

LONGEST_REASON = 200
"""Characters of the reason that the record keeps."""


@dataclass(frozen=True, slots=True)
class LiftLimit:
    keys: tuple[str, ...]
    """Hexadecimal digits of one limit, or of all that the operator has seen, as the list gives them."""
    reason: str


async def lift_limit(deps: Dependencies, actor: Actor, command: LiftLimit) -> None:
    """Begins each count anew, and records of each who lifted it and why; neither number nor network stands in the
    record. A wait that is over is left out.

    Raises NotAllowed, ReasonRequired, and LimitNotFound where nobody waits by any of those limits.
    """
    access.check_may_operate(actor)
    reason, moment = command.reason.strip()[:LONGEST_REASON], now()
    if not is_line(reason, LONGEST_REASON):
        raise ReasonRequired
    try:
        keys = {bytes.fromhex(key) for key in command.keys}
    except ValueError as error:
        raise LimitNotFound from error
    async with deps.database.begin() as tx:
        slowed = [await code_limits.slowed_by_key(tx, deps.personal, key, moment) for key in sorted(keys)]
        if not any(slowed):
            raise LimitNotFound
        for found in filter(None, slowed):
            await code_limits.lift(tx, found, moment)
            details = {"counted": found.counted, "why": reason}
            await audit_log.append(tx, actor=actor, act="limit.lifted", subject=found.counted, details=details)
