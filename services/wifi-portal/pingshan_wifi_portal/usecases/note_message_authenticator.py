"""A controller has sent its first Message-Authenticator: from now on it is demanded."""

from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_wifi_portal.store import controllers


async def note_message_authenticator(actor: Actor, database: Database, *, controller_id: str) -> None:
    del actor
    async with database.begin() as tx:
        await controllers.note_message_authenticator(tx, controller_id)
