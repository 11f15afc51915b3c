"""Makes the keys that are due, once a day: an agency's next key is published a week before it signs."""

from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.signing_keys import ITSELF, make_due_keys


async def rotate_issuer_keys(deps: Dependencies) -> None:
    """Makes the keys of all agencies that the catalogue names, where they are due."""
    async with deps.database.begin() as tx:
        await make_due_keys(tx, deps, ITSELF, await license_types.agencies(tx))
