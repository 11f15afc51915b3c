"""Every controller with its secret, for those who speak RADIUS with it."""

from collections.abc import Sequence

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_wifi_portal.domain.hotspot import Controller
from pingshan_wifi_portal.store import controllers


async def list_controllers(actor: Actor, database: Database, personal: PersonalData) -> Sequence[Controller]:
    del actor
    async with database.read() as tx:
        return await controllers.load_all(tx, personal)
