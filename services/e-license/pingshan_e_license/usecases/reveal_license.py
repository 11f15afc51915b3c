"""Shows a licence with its personal fields, and records who looked."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import audit_log
from pingshan_values.actor import Actor

from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.get_license import LicenseFile, get_license


@dataclass(frozen=True, slots=True)
class RevealLicense:
    license_id: UUID


async def reveal_license(deps: Dependencies, actor: Actor, command: RevealLicense) -> LicenseFile:
    """Returns the licence and records the look. Raises LicenseNotFound, or NotAllowed by `check_may_read`."""
    file = await get_license(deps, actor, license_id=command.license_id)
    async with deps.database.begin() as tx:
        await audit_log.append(tx, actor=actor, act="license.revealed", subject=str(command.license_id), details={})
    return file
