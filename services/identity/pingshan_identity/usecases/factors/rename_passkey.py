"""Give a passkey another name."""

from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.errors import PasskeyNotFound, SessionNotFound
from pingshan_identity.domain.factors.passkey import tidy_name
from pingshan_identity.store.factors import passkeys


async def rename_passkey(actor: Actor, database: Database, *, credential_id: bytes, name: str, otherwise: str) -> None:
    """Raises SessionNotFound, PasskeyNotFound."""
    if actor.person_id is None:
        raise SessionNotFound
    async with database.begin() as tx:
        if not await passkeys.rename(tx, actor.person_id, credential_id, tidy_name(name, otherwise)):
            raise PasskeyNotFound
