"""The secret that an approved change made, once, for whoever proposed it."""

from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.errors import ChangeNotFound
from pingshan_identity.store import change_requests


async def take_outcome(actor: Actor, database: Database, personal: PersonalData, *, change_id: UUID) -> str:
    """Raises ChangeNotFound: there is none, it was fetched, or somebody else proposed the change."""
    if actor.person_id is None:
        raise ChangeNotFound
    async with database.begin() as tx:
        secret = await change_requests.take_outcome(tx, personal, change_id, actor.person_id)
    if secret is None:
        raise ChangeNotFound
    return secret
