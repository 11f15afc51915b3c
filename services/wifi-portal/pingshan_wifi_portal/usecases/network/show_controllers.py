"""Shows the controllers as seen from here, and the packets discarded today."""

from collections.abc import Sequence
from dataclasses import dataclass

from pingshan_kit.clock import today
from pingshan_values.actor import Actor

from pingshan_wifi_portal.domain import access
from pingshan_wifi_portal.store import controllers
from pingshan_wifi_portal.store.controllers import ControllerState
from pingshan_wifi_portal.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class ControllersNow:
    controllers: Sequence[ControllerState]
    drops: Sequence[tuple[str, str, int]]
    """Source, reason and number of packets."""


async def show_controllers(deps: Dependencies, actor: Actor) -> ControllersNow:
    """Returns the controllers and the packets discarded today. Raises NotAllowed."""
    access.check_may_operate(actor)
    async with deps.database.read() as tx:
        return ControllersNow(await controllers.states(tx), await controllers.drops(tx, today()))
