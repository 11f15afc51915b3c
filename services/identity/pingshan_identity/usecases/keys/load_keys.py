"""Give the signer of this process the keys that are published now."""

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_identity.clients.tokens import TokenSigner
from pingshan_identity.store.keys import signing_keys


async def load_keys(database: Database, personal: PersonalData, signer: TokenSigner) -> None:
    """Reads private keys only where they are new to this process."""
    async with database.read() as tx:
        periods = await signing_keys.periods(tx, clock.now())
        unknown = periods.keys() - signer.kids
        private_jwks = await signing_keys.private_jwks(tx, personal, unknown) if unknown else {}
    signer.adopt(periods, private_jwks)
