"""Lists the sharing items, which are public: everybody may know who may ask for what."""

from pingshan_e_license.domain.sharing.item import SharingItem
from pingshan_e_license.store.sharing import sharing_items
from pingshan_e_license.usecases.dependencies import Dependencies


async def list_sharing_items(deps: Dependencies) -> list[SharingItem]:
    """Returns all items in the order of their list, in one piece: they are as many as the law gives grounds."""
    async with deps.database.read() as tx:
        return await sharing_items.every(tx)
