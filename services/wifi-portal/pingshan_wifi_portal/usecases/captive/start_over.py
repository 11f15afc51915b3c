"""Voids the pending code of a person who wants to give another number."""

from dataclasses import dataclass

from pingshan_wifi_portal.domain.visit import RedirectParameters
from pingshan_wifi_portal.store import sign_ins
from pingshan_wifi_portal.usecases.captive.shared import find_visit
from pingshan_wifi_portal.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class StartOver:
    parameters: RedirectParameters


async def start_over(deps: Dependencies, command: StartOver) -> None:
    """Voids the pending code, if there is one; it still counts against the limits. Raises VisitUnknown."""
    async with deps.database.begin() as tx:
        visit = await find_visit(tx, deps.personal, command.parameters)
        await sign_ins.replace_pending(tx, visit)
