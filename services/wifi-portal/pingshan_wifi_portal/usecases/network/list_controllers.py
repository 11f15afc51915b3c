"""Lists every controller with its secret, for the RADIUS server."""

from collections.abc import Sequence

from pingshan_wifi_portal.domain.hotspot import Controller
from pingshan_wifi_portal.store import controllers
from pingshan_wifi_portal.usecases.dependencies import Dependencies


async def list_controllers(deps: Dependencies) -> Sequence[Controller]:
    async with deps.database.read() as tx:
        return await controllers.load_all(tx, deps.personal)
