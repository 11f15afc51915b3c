"""Identity's own keys, as somebody has them who broke into its database and its secrets."""

import json

from joserfc.jwk import Key, import_key
from pingshan_identity.settings import Settings
from pingshan_identity.store.keys import signing_keys
from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from tests.support.platform import BoundService


async def private_keys(bound: BoundService) -> dict[str, Key]:
    """The key of each algorithm that was made last."""
    settings = bound.settings(Settings)
    database, personal = Database.from_settings(settings), PersonalData.from_settings(settings)
    async with database.read() as tx:
        periods = await signing_keys.periods(tx, clock.now())
        documents = await signing_keys.private_jwks(tx, personal, periods)
    await database.close()
    return {periods[kid].alg: import_key(json.loads(documents[kid]), parameters={"kid": kid}) for kid in periods}
