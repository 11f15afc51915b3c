"""One type of the catalogue, open to all."""

from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_e_license.domain.catalogue import LicenseType
from pingshan_e_license.domain.errors import LicenseTypeUnknown
from pingshan_e_license.domain.texts import shown
from pingshan_e_license.store import license_types


async def get_license_type(_actor: Actor, database: Database, *, code: str) -> LicenseType:
    """Raises LicenseTypeUnknown."""
    async with database.read() as tx:
        found = await license_types.by_code(tx, code)
    if found is None:
        raise LicenseTypeUnknown(type=shown(code))
    return found
