"""Licences beside their types."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.license import License, LicenseOfType
from pingshan_e_license.store import license_types


async def with_types(tx: AsyncConnection, found: Sequence[License]) -> list[LicenseOfType]:
    types = await license_types.by_codes(tx, (each.type for each in found))
    return [LicenseOfType(each, types[each.type]) for each in found]
