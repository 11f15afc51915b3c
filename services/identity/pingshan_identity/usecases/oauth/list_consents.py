"""What the person who asks allows third parties."""

from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.errors import PersonNotFound
from pingshan_identity.domain.oauth.consent import Consent
from pingshan_identity.store.oauth import consents


async def list_consents(actor: Actor, database: Database) -> list[Consent]:
    """Those in force, the latest first.

    Raises:
        PersonNotFound: nobody is signed in.

    """
    if actor.person_id is None:
        raise PersonNotFound
    async with database.read() as tx:
        return await consents.of_person(tx, actor.person_id)
