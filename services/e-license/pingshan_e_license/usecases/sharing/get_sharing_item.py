"""Reads one sharing item with the licence types that it touches."""

from collections.abc import Mapping
from dataclasses import dataclass

from pingshan_values.text import shown

from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.errors import SharingItemUnknown
from pingshan_e_license.domain.sharing.item import SharingItem
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.sharing import sharing_items
from pingshan_e_license.usecases.dependencies import Dependencies


@dataclass(frozen=True)
class ItemWithTypes:
    item: SharingItem
    types: Mapping[str, LicenseType]


async def get_sharing_item(deps: Dependencies, *, code: str) -> ItemWithTypes:
    """Returns the item beside its licence types by their codes. Raises SharingItemUnknown."""
    async with deps.database.read() as tx:
        item = await sharing_items.by_code(tx, code)
        if item is None:
            raise SharingItemUnknown(item=shown(code))
        return ItemWithTypes(item, await license_types.by_codes(tx, item.license_types))
