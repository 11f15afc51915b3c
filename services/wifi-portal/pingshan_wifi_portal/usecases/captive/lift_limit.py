"""Lifts a limit of codes, for an operator who knows that honest people meet it."""

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
    key: str
    """Hexadecimal digits, as the list gives them."""
    reason: str


async def lift_limit(deps: Dependencies, actor: Actor, command: LiftLimit) -> None:
    """Begins the count anew, and records who lifted it and why; neither number nor network stands in the record.

    Raises NotAllowed, ReasonRequired, and LimitNotFound where nobody waits by that limit.
    """
    access.check_may_operate(actor)
    reason, moment = command.reason.strip()[:LONGEST_REASON], now()
    if not is_line(reason, LONGEST_REASON):
        raise ReasonRequired
    try:
        key = bytes.fromhex(command.key)
    except ValueError as error:
        raise LimitNotFound from error
    async with deps.database.begin() as tx:
        found = await code_limits.slowed_by_key(tx, deps.personal, key, moment)
        if found is None:
            raise LimitNotFound
        await code_limits.lift(tx, found, moment)
        details = {"counted": found.counted, "why": reason}
        await audit_log.append(tx, actor=actor, act="limit.lifted", subject=found.counted, details=details)
