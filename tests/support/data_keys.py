"""A rotation of a service's data key, without its process."""

import os

from pingshan_kit.crypto import PersonalData
from pingshan_kit.jobs import reencryption
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database
from sqlalchemy import MetaData


async def rotated(database: Database, settings: ServiceSettings, metadata: MetaData) -> PersonalData:
    """Re-encrypts everything; what comes back knows the new key alone."""
    new, old = os.urandom(32), bytes.fromhex(settings.secret("data_key"))
    index_key = settings.key("index_key")
    both = PersonalData([new, old], index_key)
    await reencryption.reencrypt(database, both, metadata)
    async with database.read() as tx:
        used = await reencryption.key_use(tx, both, metadata)
    left = {place: use for place, use in used.items() if use.older or use.unknown}
    assert not left, "its mark names another place than the code that encrypts it"
    return PersonalData([new], index_key)
