"""Reads one type of the catalogue, for everybody."""

from pingshan_values.text import shown

from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.errors import LicenseTypeUnknown
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.usecases.dependencies import Dependencies


async def get_license_type(deps: Dependencies, *, code: str) -> LicenseType:
    """Returns the type with this code. Raises LicenseTypeUnknown."""
    async with deps.database.read() as tx:
        found = await license_types.by_code(tx, code)
    if found is None:
        raise LicenseTypeUnknown(type=shown(code))
    return found
