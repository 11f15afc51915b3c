"""Show a licence with its personal fields; who looked is recorded."""

from uuid import UUID

from pingshan_kit import audit_log
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_e_license.usecases.get_license import LicenseFile, get_license


async def reveal_license(actor: Actor, database: Database, personal: PersonalData, *, license_id: UUID) -> LicenseFile:
    """Raises LicenseNotFound, or NotAllowed for whom it does not concern."""
    file = await get_license(actor, database, personal, license_id=license_id)
    async with database.begin() as tx:
        await audit_log.append(tx, actor=actor, act="license.revealed", subject=str(license_id), details={})
    return file
