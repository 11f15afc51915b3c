"""The controllers as they are seen from here, and what was dropped today."""

from collections.abc import Sequence
from dataclasses import dataclass

from pingshan_kit.clock import today
from pingshan_kit.errors import Forbidden
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_wifi_portal.domain import access
from pingshan_wifi_portal.store import controllers
from pingshan_wifi_portal.store.controllers import ControllerState


@dataclass(frozen=True, slots=True)
class ControllersNow:
    controllers: Sequence[ControllerState]
    drops: Sequence[tuple[str, str, int]]
    """Source, reason, packets."""


async def show_controllers(actor: Actor, database: Database) -> ControllersNow:
    """Raises Forbidden."""
    if not access.may_operate(actor):
        raise Forbidden
    async with database.read() as tx:
        return ControllersNow(await controllers.states(tx), await controllers.drops(tx, today()))
